"""The log over HTTP: cosignatures, heads seen elsewhere, salts of entries that are not reports."""

from __future__ import annotations

revision = "20261122_0004"
down_revision = "20261122_0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Make what this step adds."""


def downgrade() -> None:
    """Drop it again."""
