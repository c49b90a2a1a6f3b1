"""The demo: a workspace with a simulated year of the shop, people to sign in, and work in progress on the desk."""
