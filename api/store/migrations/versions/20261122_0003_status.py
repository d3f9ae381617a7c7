"""Status of documents: every word ever given, published lists, late rows."""

from __future__ import annotations

revision = "20261122_0003"
down_revision = "20261122_0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what this step adds."""


def downgrade() -> None:
    """Drop it again."""
