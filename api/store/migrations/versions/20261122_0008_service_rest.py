"""Readings of released files, and objections taken down at the window or by the subject."""

from __future__ import annotations

from alembic import op

from api.store.migrations.shape import Table, keep, make

revision = "20261122_0008"
down_revision = "20261122_0007"
branch_labels = None
depends_on = None

_TABLES = (
    Table("readings", "number:text under:text sealed:bytes", key="number"),
    Table(
        "objections",
        """
        id:uuid reference:text subject:uuid against:text number:text? text_sealed:bytes channel:text
        visit:uuid? by:uuid at:instant
        """,
        key="id",
        unique=("reference",),
        indexes=(("ix_objections_subject", "subject"),),
    ),
)


def upgrade() -> None:
    """Make what this step adds."""
    for table in _TABLES:
        make(table)
    keep((), kept=("objections",))


def downgrade() -> None:
    """Drop it again."""
    for table in reversed(_TABLES):
        op.drop_table(table.name)
