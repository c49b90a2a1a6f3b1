"""The first tables of every room."""

from alembic import op

import corridor.ground.extensions as extensions
from corridor.ground.store.database import metadata

revision = "0001"
down_revision = None


def upgrade() -> None:
    """Make all tables."""
    extensions.modules("corridor", "tables")
    metadata.create_all(op.get_bind())
