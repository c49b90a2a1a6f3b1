"""The customer's page: who it is and why one person, the story, the timeline, and what every other room knows of them."""
