"""The desk: where people of the house read and answer conversations, with the customer's whole page beside them."""
