"""How words enter and leave the house: one folder a channel."""
