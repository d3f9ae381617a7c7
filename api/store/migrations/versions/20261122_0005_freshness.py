"""Receiver's policies, receipts."""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.store.migrations.shape import TEXT, Table, keep, make

revision = "20261122_0005"
down_revision = "20261122_0004"
branch_labels = None
depends_on = None

_TABLES = (
    Table(
        "policies",
        """
        id:text version:count sha256:text data:bytes added_by:text recorded_at:instant
        """,
        key="id version",
    ),
    Table(
        "receipts",
        """
        id:uuid sha256:text file_sha256:text? log_index:whole made_at:instant expires_at:instant
        receipt_sealed:bytes
        """,
        key="id",
        unique=("sha256",),
        indexes=(("ix_receipts_expires_at", "expires_at"),),
    ),
)


def upgrade() -> None:
    """Make what this step adds; a batch remembers for which purpose its files are judged."""
    for table in _TABLES:
        make(table)
    keep(("policies",))
    op.add_column("bulk_checks", sa.Column("purpose", TEXT, nullable=False, server_default="status"))


def downgrade() -> None:
    """Drop it again."""
    op.drop_column("bulk_checks", "purpose")
    for table in reversed(_TABLES):
        op.drop_table(table.name)
