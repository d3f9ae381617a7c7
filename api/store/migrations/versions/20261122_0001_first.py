"""The first migration: every table of the house, and the triggers that keep the log append-only.

Why triggers: a mistake or a person at the database prompt must not be able to
rewrite a leaf, a checkpoint, an event or a released file through the house's own
account.
"""

from __future__ import annotations

from alembic import op

from api.store.migrations.shape import Table, keep, make, make_refusal

revision = "20261122_0001"
down_revision = None
branch_labels = None
depends_on = None


_TABLES = (
    # House
    Table(
        "house",
        """
        id:count region:text host:text environment:text log_origin:text issuer_name:text
        anchor_sha256:text made_at:instant bundle_sequence:count
        """,
        key="id",
    ),
    Table(
        "operators",
        """
        id:uuid name:text role:text added_at:instant left_at:instant?
        """,
        key="id",
        unique=("name",),
    ),
    Table(
        "region_files",
        """
        id:uuid code:text version:text sha256:text data:bytes added_by:text recorded_at:instant
        superseded_at:instant?
        """,
        key="id",
        unique=("sha256",),
        indexes=(("ix_region_files_code", "code"),),
    ),
    Table(
        "units",
        """
        id:uuid unit:text entry:text added_by:text recorded_at:instant superseded_at:instant?
        """,
        key="id",
        indexes=(("ix_units_unit", "unit"),),
    ),
    Table(
        "events",
        """
        id:count at:instant actor:text act:text subject:uuid? number:text? reason:text? fields:text
        """,
        key="id",
        indexes=(("ix_events_act", "act"), ("ix_events_number", "number"), ("ix_events_subject", "subject")),
    ),
    # Subjects and records
    Table(
        "subjects",
        """
        version:uuid id:uuid name:text name_key:text kind:text uscc:text? registration_number:text?
        organisation_code:text? legal_representative:text? established_on:date? residence:text?
        registration_authority:text? registered_state:text parent:uuid? person_number_hash:text?
        person_number_sealed:bytes? person_number_type:text? content_sha256:bytes recorded_at:instant
        superseded_at:instant?
        """,
        key="version",
        indexes=(
            ("ix_subjects_id", "id"),
            ("ix_subjects_name_key", "name_key"),
            ("ix_subjects_organisation_code", "organisation_code"),
            ("ix_subjects_parent", "parent"),
            ("ix_subjects_person_number_hash", "person_number_hash"),
            ("ix_subjects_registration_number", "registration_number"),
            ("ix_subjects_uscc", "uscc"),
        ),
        one_in_force=(("ix_subjects_current", "id"),),
    ),
    Table(
        "commitments",
        """
        id:uuid subject:uuid domain:text made_on:date text:text recorded_at:instant superseded_at:instant?
        """,
        key="id",
        indexes=(("ix_commitments_subject", "subject"),),
    ),
    Table(
        "records",
        """
        version:uuid id:uuid kind:text identity:text source:text subject:uuid? key_name:text key_uscc:text?
        key_registration_number:text? key_organisation_code:text? key_tax_number:text?
        key_institution_number:text? key_society_number:text? key_person_number_hash:text?
        key_person_number_sealed:bytes? key_person_number_type:text? unit:text domains:text list_name:text?
        document_number:text? decided_on:date? effective_on:date? ended_on:date? ended_why:text?
        procedure:text? simple_confirmed:flag categories:text fine_fen:whole confiscated_fen:whole
        repair:text repaired_on:date? repair_channel:text? review:text? review_on:date? review_number:text?
        objected:flag minor:flag public_security:flag fields:text content_sha256:bytes recorded_at:instant
        superseded_at:instant?
        """,
        key="version",
        indexes=(
            ("ix_records_id", "id"),
            ("ix_records_identity", "kind identity"),
            ("ix_records_subject", "subject"),
        ),
        one_in_force=(("ix_records_current", "id"),),
    ),
    # Intake
    Table(
        "batches",
        """
        id:uuid kind:text unit:text file_name:text? file_sha256:text file_sealed:bytes? domain:text?
        no_simple:flag list_name:text? confirmed_by:text received_at:instant rows:count accepted:count unchanged:count
        quarantined:count skipped:count mends:uuid?
        """,
        key="id",
        indexes=(
            ("ix_batches_file_sha256", "file_sha256"),
            ("ix_batches_mends", "mends"),
            ("ix_batches_unit", "unit"),
        ),
    ),
    Table(
        "provenance",
        """
        id:count version:uuid batch:uuid row:count
        """,
        key="id",
        indexes=(("ix_provenance_batch", "batch"), ("ix_provenance_version", "version")),
    ),
    Table(
        "watermarks",
        """
        id:uuid unit:text kind:text domains:text complete_from:date complete_to:date attested_by:text
        nil:flag batch:uuid recorded_at:instant superseded_at:instant?
        """,
        key="id",
        indexes=(("ix_watermarks_unit", "unit"),),
    ),
    Table(
        "quarantine",
        """
        id:uuid reference:text batch:uuid row:count column:text? code:text problems:text unit:text kind:text
        identity:text? fingerprint:bytes domains:text cells_sealed:bytes named_unit:text?
        recorded_at:instant cleared_at:instant? cleared_by:uuid?
        """,
        key="id",
        indexes=(
            ("ix_quarantine_batch", "batch"),
            ("ix_quarantine_code", "code"),
            ("ix_quarantine_fingerprint", "fingerprint"),
            ("ix_quarantine_identity", "identity"),
            ("ix_quarantine_named_unit", "named_unit"),
            ("ix_quarantine_reference", "reference"),
        ),
    ),
    Table(
        "doubt_keys",
        """
        id:count holder:uuid kind:text value:text
        """,
        key="id",
        indexes=(("ix_doubt_keys_holder", "holder"), ("ix_doubt_keys_value", "kind value")),
    ),
    # A report's way
    Table(
        "reservations",
        """
        number:text subject:uuid status_list:count status_idx:count request:text as_of:instant
        reserved_at:instant
        """,
        key="number",
        unique=("status_list status_idx",),
        indexes=(("ix_reservations_subject", "subject"),),
    ),
    Table(
        "drafts",
        """
        number:text state:text b0_sealed:bytes? b0_sha256:bytes content_sha256:text root:text
        content_sealed:bytes leaf_inputs_sealed:bytes salt_version:count claim_hash:bytes proof:bytes
        leaf_index:count committed_at:instant
        """,
        key="number",
        unique=("leaf_index",),
        indexes=(("ix_drafts_state", "state"),),
    ),
    Table(
        "intents",
        """
        id:uuid number:text signed_attrs_sha256:bytes key_id:bytes made_at:instant outcome:text
        leaf_index:count?
        """,
        key="id",
        unique=("leaf_index",),
        indexes=(("ix_intents_number", "number"), ("ix_intents_outcome", "outcome")),
    ),
    Table(
        "key_uses",
        """
        id:count role:text key_id:bytes number:text used_at:instant
        """,
        key="id",
        indexes=(("ix_key_uses_number", "number"),),
    ),
    Table(
        "applications",
        """
        id:uuid subject:uuid request:text reasons:text state:text made_at:instant decided_at:instant?
        decided_by:text? number:text?
        """,
        key="id",
        indexes=(("ix_applications_state", "state"), ("ix_applications_subject", "subject")),
    ),
    # Register
    Table(
        "reports",
        """
        number:text subject:uuid status:text status_at:instant status_reason:text? level:text variant:text
        channel:text purpose:text template:text as_of:instant window_from:date window_to:date domains:text
        records:count fresh_until:instant? content_sha256:text root:text file_sha256:text file_sealed:bytes
        b0_length:count leaf_index:count released_at:instant
        """,
        key="number",
        unique=("file_sha256",),
        indexes=(("ix_reports_status", "status"), ("ix_reports_subject", "subject")),
    ),
    Table(
        "codes",
        """
        number:text hash_version:count code_hash:bytes paper_secret_hash:bytes wrong_tries:count
        """,
        key="number",
    ),
    # Log
    Table(
        "log_leaves",
        """
        index:count leaf:bytes leaf_hash:bytes type:count number:text intent:text? appended_at:instant
        """,
        key="index",
        indexes=(("ix_log_leaves_intent", "intent"), ("ix_log_leaves_number", "number")),
    ),
    Table(
        "log_nodes",
        """
        level:count index:count hash:bytes
        """,
        key="level index",
    ),
    Table(
        "log_state",
        """
        id:count size:count frontier:bytes root:bytes last_time_ms:whole
        """,
        key="id",
    ),
    Table(
        "checkpoints",
        """
        size:count root:bytes note:bytes made_at:instant
        """,
        key="size",
    ),
)

_APPEND_ONLY = ("log_leaves", "log_nodes", "checkpoints", "events", "key_uses", "reservations", "provenance")
_KEPT = ("reports", "drafts", "intents", "batches", "quarantine", "house")
"""Rows of these may change in some columns and may never be deleted."""

_FIXED_COLUMNS = {
    "reports": (
        "number",
        "subject",
        "as_of",
        "content_sha256",
        "root",
        "file_sha256",
        "file_sealed",
        "leaf_index",
    ),
    "intents": ("id", "number", "signed_attrs_sha256", "key_id", "made_at"),
    "house": ("region", "host", "environment", "log_origin", "anchor_sha256"),
}


def upgrade() -> None:
    """Make every table and trigger."""
    for table in _TABLES:
        make(table)
    make_refusal()
    keep(_APPEND_ONLY, _KEPT, _FIXED_COLUMNS)


def downgrade() -> None:
    """Drop everything."""
    for table in reversed(_TABLES):
        op.drop_table(table.name)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS daizheng_refuse()")
