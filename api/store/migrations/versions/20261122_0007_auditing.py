"""The auditor's desk: an entry is found by what it carries."""

from __future__ import annotations

from alembic import op

revision = "20261122_0007"
down_revision = "20261122_0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Index the digest, the leaf's bytes from the nineteenth on."""
    op.execute("CREATE INDEX ix_log_leaves_digest ON log_leaves (substr(leaf, 19))")


def downgrade() -> None:
    """Drop it again."""
    op.execute("DROP INDEX ix_log_leaves_digest")
