"""How objections ended, and finding those about one report."""

from __future__ import annotations

from alembic import op

from api.store.migrations.shape import Table, keep, make

revision = "20261122_0009"
down_revision = "20261122_0008"
branch_labels = None
depends_on = None

_ENDS = Table(
    "objection_ends",
    "objection:uuid outcome:text answer_sealed:bytes? by:uuid at:instant",
    key="objection",
)


def upgrade() -> None:
    """Make what this step adds."""
    make(_ENDS)
    keep((_ENDS.name,))
    op.create_index("ix_objections_number", "objections", ["number"])


def downgrade() -> None:
    """Drop it again."""
    op.drop_index("ix_objections_number", "objections")
    op.drop_table(_ENDS.name)
