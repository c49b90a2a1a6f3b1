"""The tables of serve. A message is kept once by `client_id`, however often it is sent."""

from __future__ import annotations

from sqlalchemy import BigInteger, Boolean, Column, Index, Integer, Text

from corridor.ground.store import workspace_table

conversations = workspace_table(
    "conversations",
    Column("id", Text, primary_key=True),
    Column("number", Integer, nullable=False),
    Column("node_id", Integer, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("verified", Boolean, nullable=False),
    Column("state", Text, nullable=False),
    Column("assigned_to", Text),
    Column("subject", Text, nullable=False),
    Column("last_text", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("last_message_at", BigInteger, nullable=False),
    Column("last_direction", Text, nullable=False),
    Column("waiting_since", BigInteger),
    Column("first_reply_at", BigInteger),
    Column("closed_at", BigInteger),
    Column("unread", Integer, nullable=False),
    Column("messages", Integer, nullable=False),
    Column("network", Text, nullable=False),
    Column("version", Integer, nullable=False),
    follows_customer=True,
)
Index("conversations_by_number", conversations.c.workspace_id, conversations.c.number, unique=True)
Index("conversations_of_customer", conversations.c.workspace_id, conversations.c.customer_id, conversations.c.last_message_at)
Index("conversations_of_audience", conversations.c.workspace_id, conversations.c.audience, conversations.c.last_message_at)
Index("conversations_of_node", conversations.c.workspace_id, conversations.c.node_id)
Index("conversations_by_state", conversations.c.workspace_id, conversations.c.state, conversations.c.last_message_at)
Index("conversations_of_agent", conversations.c.workspace_id, conversations.c.assigned_to, conversations.c.state)
Index("conversations_of_network", conversations.c.workspace_id, conversations.c.network, conversations.c.started_at)

messages = workspace_table(
    "messages",
    Column("id", Text, primary_key=True),
    Column("conversation_id", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("node_id", Integer, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("direction", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("author", Text, nullable=False),
    Column("author_name", Text, nullable=False),
    Column("text", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("client_id", Text),
    Column("delivered_at", BigInteger),
    Column("read_at", BigInteger),
    follows_customer=True,
)
Index("messages_by_number", messages.c.workspace_id, messages.c.number, unique=True)
Index("messages_once", messages.c.workspace_id, messages.c.client_id, unique=True)
Index("messages_of_conversation", messages.c.workspace_id, messages.c.conversation_id, messages.c.number)
Index("messages_of_audience", messages.c.workspace_id, messages.c.audience, messages.c.number)
Index("messages_of_node", messages.c.workspace_id, messages.c.node_id)
Index("messages_of_customer", messages.c.workspace_id, messages.c.customer_id)

visitors = workspace_table(
    "chat_visitors",
    Column("id", Text, primary_key=True),
    Column("node_id", Integer, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("anonymous_id", Text, nullable=False),
    Column("user_id", Text),
    Column("name", Text, nullable=False),
    Column("email", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("page", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("seen_at", BigInteger, nullable=False),
    follows_customer=True,
)
Index("chat_visitors_of_node", visitors.c.workspace_id, visitors.c.node_id)
Index("chat_visitors_of_customer", visitors.c.workspace_id, visitors.c.customer_id)
Index("chat_visitors_of_user", visitors.c.workspace_id, visitors.c.user_id)

chat_settings = workspace_table(
    "chat_settings",
    Column("name", Text, nullable=False),
    Column("colour", Text, nullable=False),
    Column("greeting", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("token_secret", Text, nullable=False),
    Column("widget_secret", Text, nullable=False),
    Column("former_widget_secret", Text, nullable=False),
    Column("former_until", BigInteger, nullable=False),
    Column("test_key", Text, nullable=False),
)
