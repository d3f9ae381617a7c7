"""Watches, messages to deliver and what became of them."""

from __future__ import annotations

revision = "20261122_0006"
down_revision = "20261122_0005"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what this step adds."""


def downgrade() -> None:
    """Drop it again."""
