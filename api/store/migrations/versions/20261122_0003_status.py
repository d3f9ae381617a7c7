"""Status of documents: every act ever, what stands, published lists, late rows.

What was said about a report and what was published is evidence: nobody changes or deletes it.
"""

from __future__ import annotations

from alembic import op

from api.store.migrations.shape import Table, keep, make

revision = "20261122_0003"
down_revision = "20261122_0002"
branch_labels = None
depends_on = None

_TABLES = (
    Table("status_lists", "number:count taken:count", key="number"),
    Table(
        "status_changes",
        """
        id:count number:text status_list:count status_idx:count act:text word:text reason:text by:text
        second:text? at:instant salt:bytes leaf_index:count cause:text
        """,
        key="id",
        unique=("leaf_index",),
        indexes=(
            ("ix_status_changes_list", "status_list id"),
            ("ix_status_changes_number", "number"),
        ),
    ),
    Table(
        "status_values",
        "status_list:count status_idx:count value:count",
        key="status_list status_idx",
    ),
    Table(
        "status_publications",
        """
        status_list:count version:count made_at:instant expires_at:instant token_gzip:bytes
        token_sha256:text last_change:whole leaf_index:count
        """,
        key="status_list version",
        unique=("leaf_index",),
        indexes=(("ix_status_publications_made", "status_list made_at"),),
    ),
    Table(
        "status_proposals",
        """
        id:uuid target:text target_id:text word:text reason:text proposed_by:text proposed_at:instant
        state:text decided_by:text? decided_at:instant? reports:count?
        """,
        key="id",
        indexes=(("ix_status_proposals_state", "state"),),
    ),
    Table(
        "late_rows",
        """
        id:uuid version:uuid batch:uuid unit:text kind:text sort:text decided_on:date due_on:date
        days_late:count complete_to:date confirmed_by:text noticed_at:instant withdrawn_at:instant?
        withdrawn_by:text? withdrawn_why:text?
        """,
        key="id",
        unique=("version",),
        indexes=(("ix_late_rows_batch", "batch"), ("ix_late_rows_unit", "unit")),
    ),
    Table(
        "late_effects",
        "late:uuid number:text",
        key="late number",
        indexes=(("ix_late_effects_number", "number"),),
    ),
    Table("status_seen", "uri:text version:whole sha256:text seen_at:instant", key="uri"),
)


def upgrade() -> None:
    """Make the tables."""
    for table in _TABLES:
        make(table)
    keep(
        ("status_changes", "status_publications", "late_effects"),
        ("status_lists", "status_values", "status_proposals", "late_rows", "status_seen"),
    )


def downgrade() -> None:
    """Drop the tables."""
    for table in reversed(_TABLES):
        op.drop_table(table.name)
