"""The log over HTTP: cosignatures, heads seen elsewhere, salts of entries that are not reports."""

from __future__ import annotations

from alembic import op

from api.store.migrations.shape import Table, keep, make

revision = "20261122_0004"
down_revision = "20261122_0003"
branch_labels = None
depends_on = None

_TABLES = (
    Table(
        "log_facts",
        "index:count about:text sealed:bytes",
        key="index",
        indexes=(("ix_log_facts_about", "about"),),
    ),
    Table(
        "cosignatures",
        "witness:text size:count key_hash:bytes signature:bytes stored_at:instant",
        key="witness size",
    ),
    Table(
        "witnessed_heads",
        "origin:text size:whole root:bytes note:bytes seen_at:instant",
        key="origin size",
    ),
    Table(
        "log_alarms",
        """
        id:count at:instant kind:text origin:text size:whole root:bytes witness:text first:bytes
        second:bytes proof:bytes
        """,
        key="id",
        unique=("kind origin witness size root",),
    ),
)


def upgrade() -> None:
    """Make the tables; nothing in them ever changes or goes."""
    for table in _TABLES:
        make(table)
    keep(append_only=tuple(table.name for table in _TABLES))


def downgrade() -> None:
    """Drop them again."""
    for table in reversed(_TABLES):
        op.drop_table(table.name)
