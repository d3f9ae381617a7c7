"""The service: people, organisations, sessions, grants, looks, the desks' rows.

A look at a subject is evidence for that subject: nobody changes or deletes one.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

from api.store.migrations.shape import TEXT, Table, keep, make

revision = "20261122_0002"
down_revision = "20261122_0001"
branch_labels = None
depends_on = None

_TABLES = (
    Table(
        "people",
        """
        id:uuid issuer:text sub:text name:text first_seen:instant last_seen:instant
        """,
        key="id",
        unique=("issuer sub",),
    ),
    Table(
        "organisations",
        """
        id:uuid uscc:text name:text kind:text purpose:text contact_sealed:bytes state:text
        registered_by:uuid registered_at:instant decided_by:text? decided_at:instant? reason:text?
        """,
        key="id",
        unique=("uscc",),
        indexes=(("ix_organisations_state", "state"),),
    ),
    Table(
        "agents",
        """
        id:uuid organisation:text agent_sub:text agent_name:text given_by:uuid given_at:instant
        until:instant ended_at:instant?
        """,
        key="id",
        indexes=(("ix_agents_agent_sub", "agent_sub"), ("ix_agents_organisation", "organisation")),
    ),
    Table(
        "sessions",
        """
        token_hash:bytes person:uuid issuer:text sub:text name:text role:text organisation:text?
        organisation_name:text? territory:text? subject:uuid? made_at:instant authenticated_at:instant
        seen_at:instant expires_at:instant ended_at:instant?
        """,
        key="token_hash",
        indexes=(("ix_sessions_person", "person"),),
    ),
    Table(
        "sign_ins",
        """
        state_hash:bytes sealed:bytes made_at:instant expires_at:instant
        """,
        key="state_hash",
    ),
    Table(
        "api_keys",
        """
        id:uuid organisation:uuid label:text prefix:text hash_version:count secret_hash:bytes
        scopes:text made_by:uuid made_at:instant expires_at:instant used_at:instant?
        ended_at:instant?
        """,
        key="id",
        unique=("secret_hash",),
        indexes=(("ix_api_keys_organisation", "organisation"),),
    ),
    Table(
        "grants",
        """
        id:uuid parent:uuid? number:text subject:uuid made_by:uuid? receiver:text?
        receiver_name:text? purpose:text legal_basis:text? scope:text allows:text not_before:instant
        expires_at:instant max_uses:count? uses:count factor:text factor_hash:bytes?
        wrong_factors:count prefix:text hash_version:count secret_hash:bytes state:text
        made_at:instant ended_at:instant?
        """,
        key="id",
        unique=("secret_hash",),
        indexes=(
            ("ix_grants_number", "number"),
            ("ix_grants_parent", "parent"),
            ("ix_grants_receiver", "receiver"),
            ("ix_grants_state", "state"),
            ("ix_grants_subject", "subject"),
        ),
    ),
    Table(
        "openings",
        """
        id:uuid grant:uuid hash_version:count token_hash:bytes person:uuid? opened_at:instant
        open_until:instant fresh_number:text? ended_at:instant?
        """,
        key="id",
        unique=("token_hash",),
        indexes=(("ix_openings_grant", "grant"),),
    ),
    Table(
        "looks",
        """
        id:uuid at:instant subject:uuid number:text? grant:uuid? viewer:uuid? viewer_name:text
        viewer_role:text organisation:text? organisation_name:text? act:text purpose:text
        fields:text browser_hash:bytes?
        """,
        key="id",
        indexes=(
            ("ix_looks_grant", "grant"),
            ("ix_looks_number", "number"),
            ("ix_looks_subject", "subject"),
            ("ix_looks_viewer", "viewer"),
        ),
    ),
    Table(
        "live_codes",
        """
        id:uuid number:text subject:uuid made_by:uuid allows:text hash_version:count
        secret_hash:bytes word:text made_at:instant expires_at:instant spent_at:instant?
        browser_hash:bytes? open_until:instant? withdrawn_at:instant?
        """,
        key="id",
        unique=("secret_hash",),
        indexes=(("ix_live_codes_number", "number"), ("ix_live_codes_subject", "subject")),
    ),
    Table(
        "prints",
        """
        id:uuid number:text at:instant by:uuid channel:text queue:text job:text copies:count
        visit:uuid?
        """,
        key="id",
        indexes=(("ix_prints_number", "number"),),
    ),
    Table(
        "draft_views",
        """
        id:uuid application:uuid by:text at:instant draft_sha256:bytes
        """,
        key="id",
        indexes=(("ix_draft_views_application", "application"),),
    ),
    Table(
        "visits",
        """
        id:uuid subject:uuid applicant_sealed:bytes authority:text scan_sha256:text?
        scan_sealed:bytes? at:instant by:uuid
        """,
        key="id",
        indexes=(("ix_visits_subject", "subject"),),
    ),
    Table(
        "feedback",
        """
        id:uuid reference_hash:bytes page:text channel:text message_sealed:bytes
        contact_sealed:bytes? state:text made_at:instant answer:text? answered_by:text?
        answered_at:instant?
        """,
        key="id",
        unique=("reference_hash",),
        indexes=(("ix_feedback_state", "state"),),
    ),
    Table(
        "idempotency",
        """
        key_hash:bytes request_sha256:bytes status:count? answer_sealed:bytes? made_at:instant
        expires_at:instant
        """,
        key="key_hash",
    ),
    Table(
        "bulk_checks",
        """
        id:uuid token_hash:bytes made_at:instant expires_at:instant total:count rule:text
        """,
        key="id",
        unique=("token_hash",),
    ),
    Table(
        "bulk_items",
        """
        bulk:uuid position:count sha256:text verdict_sealed:bytes
        """,
        key="bulk position",
    ),
)


def upgrade() -> None:
    """Make the service's tables; an operator gets a sign-in name and a territory."""
    for table in _TABLES:
        make(table)
    op.add_column("operators", sa.Column("login", TEXT, nullable=True))
    op.add_column("operators", sa.Column("territory", TEXT, nullable=True))
    op.create_index("ix_operators_login", "operators", ["login"])
    op.add_column("applications", sa.Column("reason", sa.Text(), nullable=True))
    op.add_column("reports", sa.Column("matter", sa.Text(), nullable=True))
    op.create_index("ix_reports_matter", "reports", ["matter"])
    keep(("looks", "prints", "draft_views"), ("grants", "organisations", "agents", "visits"))


def downgrade() -> None:
    """Drop the service's tables."""
    op.drop_index("ix_operators_login", "operators")
    op.drop_index("ix_reports_matter", "reports")
    op.drop_column("reports", "matter")
    op.drop_column("applications", "reason")
    op.drop_column("operators", "territory")
    op.drop_column("operators", "login")
    for table in reversed(_TABLES):
        op.drop_table(table.name)
