"""Work that is due, who works, what is watched for whom, messages to deliver and what became of them.

Each try at a message stays as it was; a watch and a message are never deleted, since the subject
sees who was told what.
"""

from __future__ import annotations

from alembic import op

from api.store.migrations.shape import Table, keep, make

revision = "20261122_0006"
down_revision = "20261122_0005"
branch_labels = None
depends_on = None

_TABLES = (
    Table(
        "workers",
        """
        executor:text host:text started_at:instant seen_at:instant ended_at:instant?
        taken_over_at:instant?
        """,
        key="executor",
    ),
    Table(
        "timed_tasks",
        """
        name:text due_at:instant handed:count claimed_until:instant? succeeded_at:instant?
        failed_at:instant? failure:text? failures:count runs:count
        """,
        key="name",
    ),
    Table(
        "read_positions",
        """
        name:text position:whole
        """,
        key="name",
    ),
    Table(
        "endpoints",
        """
        id:uuid organisation:text url:text secret_sealed:bytes previous_sealed:bytes?
        previous_until:instant? state:text made_by:uuid? made_at:instant verified_at:instant?
        ended_at:instant?
        """,
        key="id",
        indexes=(("ix_endpoints_organisation", "organisation"),),
    ),
    Table(
        "watches",
        """
        id:uuid number:text subject:uuid grant:uuid organisation:text organisation_name:text
        purpose:text made_by:uuid? made_at:instant until:instant state:text ended_at:instant?
        """,
        key="id",
        indexes=(
            ("ix_watches_grant", "grant"),
            ("ix_watches_number", "number"),
            ("ix_watches_organisation", "organisation"),
            ("ix_watches_subject", "subject"),
        ),
    ),
    Table(
        "watch_messages",
        """
        id:text watch:uuid organisation:text number:text change:text word:text changed_at:instant
        body:text made_at:instant state:text tries:count next_at:instant give_up_at:instant
        handed:count claimed_until:instant? last_code:text? ended_at:instant?
        """,
        key="id",
        unique=("watch change",),
        indexes=(
            ("ix_watch_messages_organisation", "organisation"),
            ("ix_watch_messages_state", "state next_at"),
        ),
    ),
    Table(
        "watch_tries",
        """
        message:text place:count at:instant code:text status:count? ms:count
        """,
        key="message place",
    ),
)


def upgrade() -> None:
    """Make the tables of the worker and of watching."""
    for table in _TABLES:
        make(table)
    keep(
        ("watch_tries",),
        ("watches", "watch_messages"),
        {
            "watches": ("number", "subject", "grant", "organisation"),
            "watch_messages": ("watch", "change", "body"),
        },
    )


def downgrade() -> None:
    """Drop them again."""
    for table in reversed(_TABLES):
        op.drop_table(table.name)
