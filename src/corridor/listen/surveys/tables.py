"""The tables of surveys: what is asked, who was invited, and the answers while they are being given."""

from __future__ import annotations

from sqlalchemy import Column, Index, Integer, Text

from corridor.ground.store import workspace_table

surveys = workspace_table(
    "surveys",
    Column("id", Text, primary_key=True),
    Column("slug", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("touchpoint", Text),
    Column("pattern", Text, nullable=False),
    Column("audience", Text, nullable=False),
    Column("contact", Text, nullable=False),
    Column("state", Text, nullable=False),
    # The version that is being asked (0 before the first publishing); `draft` holds the form as it is being edited.
    Column("version", Integer, nullable=False),
    Column("draft", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("updated_at", Integer, nullable=False),
    Column("published_at", Integer),
    Column("closed_at", Integer),
)
# A slug is the public address, so it is one workspace's only; the page learns from it which workspace it is in.
Index("surveys_by_slug", surveys.c.slug, unique=True)

survey_versions = workspace_table(
    "survey_versions",
    Column("survey_id", Text, primary_key=True),
    Column("version", Integer, primary_key=True),
    Column("form", Text, nullable=False),
    Column("published_at", Integer, nullable=False),
    Column("published_by", Text, nullable=False),
)

invitations = workspace_table(
    "invitations",
    Column("id", Text, primary_key=True),
    Column("survey_id", Text, nullable=False),
    Column("node_id", Integer, nullable=False),
    Column("customer_id", Text, nullable=False),
    Column("token_hash", Text, nullable=False),
    Column("created_at", Integer, nullable=False),
    Column("created_by", Text, nullable=False),
    Column("opened_at", Integer),
    Column("used_at", Integer),
    follows_customer=True,
)
Index("invitations_by_token", invitations.c.workspace_id, invitations.c.token_hash, unique=True)
Index("invitations_by_survey", invitations.c.workspace_id, invitations.c.survey_id, invitations.c.created_at)
Index("invitations_by_customer", invitations.c.workspace_id, invitations.c.customer_id, invitations.c.node_id)

survey_answers = workspace_table(
    "survey_answers",
    Column("id", Text, primary_key=True),
    Column("survey_id", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("invitation_id", Text),
    Column("anonymous_id", Text),
    Column("token_hash", Text, nullable=False),
    Column("language", Text, nullable=False),
    Column("channel", Text, nullable=False),
    # started (being answered), partial (left half-way, and counted so), complete
    Column("state", Text, nullable=False),
    Column("answers", Text, nullable=False),
    Column("started_at", Integer, nullable=False),
    Column("updated_at", Integer, nullable=False),
    Column("completed_at", Integer),
)
Index("survey_answers_by_token", survey_answers.c.workspace_id, survey_answers.c.token_hash, unique=True)
Index("survey_answers_by_survey", survey_answers.c.workspace_id, survey_answers.c.survey_id, survey_answers.c.started_at)
Index("survey_answers_by_invitation", survey_answers.c.workspace_id, survey_answers.c.invitation_id)
Index(
    "survey_answers_left",
    survey_answers.c.workspace_id,
    survey_answers.c.updated_at,
    sqlite_where=survey_answers.c.state == "started",
)
