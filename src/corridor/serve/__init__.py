"""Where do they feel it? The customer's page, conversations and the widget; serve refuses to compute scores."""

from corridor.serve.conversations import conversation, conversations_of, waiting_for_us
from corridor.serve.facts import Agent, Conversation, Message
from corridor.serve.follow import follow

__all__ = ["Agent", "Conversation", "Message", "conversation", "conversations_of", "follow", "waiting_for_us"]
