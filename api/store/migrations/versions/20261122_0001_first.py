"""The first migration: every table of the house, and the triggers that keep the log append-only.

Why triggers: a mistake or a person at the database prompt must not be able to
rewrite a leaf, a checkpoint, an event or a released file through the house's own
account.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "20261122_0001"
down_revision = None
branch_labels = None
depends_on = None

_CURRENT: dict[str, Any] = {
    "sqlite_where": sa.text("superseded_at IS NULL"),
    "postgresql_where": sa.text("superseded_at IS NULL"),
}
_TABLES = (
    "checkpoints",
    "log_state",
    "log_nodes",
    "log_leaves",
    "codes",
    "reports",
    "applications",
    "key_uses",
    "intents",
    "drafts",
    "reservations",
    "doubt_keys",
    "quarantine",
    "watermarks",
    "provenance",
    "batches",
    "records",
    "commitments",
    "subjects",
    "events",
    "units",
    "region_files",
    "operators",
    "house",
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
    "house": ("region", "host", "environment", "log_origin"),
}


def upgrade() -> None:
    """Make every table and trigger."""
    _house()
    _subjects()
    _records()
    _intake()
    _quarantine()
    _way()
    _register()
    _log()
    _triggers()


def downgrade() -> None:
    """Drop everything."""
    for table in _TABLES:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION IF EXISTS daizheng_refuse()")


def _triggers() -> None:
    postgres = op.get_bind().dialect.name == "postgresql"
    if postgres:
        op.execute(
            "CREATE FUNCTION daizheng_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION 'append_only: %', TG_TABLE_NAME; END $$"
        )
    for table in _APPEND_ONLY:
        _refuse(table, "update", "UPDATE", postgres)
    for table in _APPEND_ONLY + _KEPT:
        _refuse(table, "delete", "DELETE", postgres)
    for table, columns in _FIXED_COLUMNS.items():
        _refuse(table, "fixed", "UPDATE OF " + ", ".join(f'"{c}"' for c in columns), postgres)


def _refuse(table: str, name: str, act: str, postgres: bool) -> None:
    head = f"CREATE TRIGGER {table}_no_{name} BEFORE {act} ON {table} "
    if postgres:
        op.execute(head + "FOR EACH ROW EXECUTE FUNCTION daizheng_refuse()")
    else:
        op.execute(head + f"BEGIN SELECT RAISE(ABORT, 'append_only: {table}'); END")


def _column(name: str, kind: Any, null: bool) -> sa.Column[Any]:
    return sa.Column(name, kind, nullable=null)


def _text(name: str, null: bool = False) -> sa.Column[Any]:
    return _column(name, sa.Text(), null)


def _uuid(name: str, null: bool = False) -> sa.Column[Any]:
    return _column(name, sa.Uuid(), null)


def _bytes(name: str, null: bool = False) -> sa.Column[Any]:
    return _column(name, sa.LargeBinary(), null)


def _date(name: str, null: bool = False) -> sa.Column[Any]:
    return _column(name, sa.Date(), null)


def _flag(name: str, null: bool = False) -> sa.Column[Any]:
    return _column(name, sa.Boolean(), null)


def _count(name: str, null: bool = False) -> sa.Column[Any]:
    return _column(name, sa.Integer(), null)


def _whole(name: str, null: bool = False) -> sa.Column[Any]:
    return _column(name, sa.BigInteger(), null)


def _instant(name: str, null: bool = False) -> sa.Column[Any]:
    """Microseconds since 1970-01-01 UTC."""
    return _column(name, sa.BigInteger(), null)


def _house() -> None:
    op.create_table(
        "house",
        _count("id"),
        _text("region"),
        _text("host"),
        _text("environment"),
        _text("log_origin"),
        _text("issuer_name"),
        _instant("made_at"),
        _count("bundle_sequence"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "operators",
        _uuid("id"),
        _text("name"),
        _text("role"),
        _instant("added_at"),
        _instant("left_at", null=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("name"),
    )
    op.create_table(
        "region_files",
        _uuid("id"),
        _text("code"),
        _text("version"),
        _text("sha256"),
        _bytes("data"),
        _text("added_by"),
        _instant("recorded_at"),
        _instant("superseded_at", null=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("sha256"),
    )
    op.create_index("ix_region_files_code", "region_files", ["code"])
    op.create_table(
        "units",
        _uuid("id"),
        _text("unit"),
        _text("entry"),
        _text("added_by"),
        _instant("recorded_at"),
        _instant("superseded_at", null=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_units_unit", "units", ["unit"])
    op.create_table(
        "events",
        _count("id"),
        _instant("at"),
        _text("actor"),
        _text("act"),
        _uuid("subject", null=True),
        _text("number", null=True),
        _text("reason", null=True),
        _text("fields"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_events_act", "events", ["act"])
    op.create_index("ix_events_number", "events", ["number"])
    op.create_index("ix_events_subject", "events", ["subject"])


def _subjects() -> None:
    op.create_table(
        "subjects",
        _uuid("version"),
        _uuid("id"),
        _text("name"),
        _text("name_key"),
        _text("kind"),
        _text("uscc", null=True),
        _text("registration_number", null=True),
        _text("organisation_code", null=True),
        _text("legal_representative", null=True),
        _date("established_on", null=True),
        _text("residence", null=True),
        _text("registration_authority", null=True),
        _text("registered_state"),
        _uuid("parent", null=True),
        _text("person_number_hash", null=True),
        _bytes("person_number_sealed", null=True),
        _text("person_number_type", null=True),
        _bytes("content_sha256"),
        _instant("recorded_at"),
        _instant("superseded_at", null=True),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_index("ix_subjects_current", "subjects", ["id"], unique=True, **_CURRENT)
    op.create_index("ix_subjects_id", "subjects", ["id"])
    op.create_index("ix_subjects_name_key", "subjects", ["name_key"])
    op.create_index("ix_subjects_organisation_code", "subjects", ["organisation_code"])
    op.create_index("ix_subjects_parent", "subjects", ["parent"])
    op.create_index("ix_subjects_person_number_hash", "subjects", ["person_number_hash"])
    op.create_index("ix_subjects_registration_number", "subjects", ["registration_number"])
    op.create_index("ix_subjects_uscc", "subjects", ["uscc"])
    op.create_table(
        "commitments",
        _uuid("id"),
        _uuid("subject"),
        _text("domain"),
        _date("made_on"),
        _text("text"),
        _instant("recorded_at"),
        _instant("superseded_at", null=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_commitments_subject", "commitments", ["subject"])


def _records() -> None:
    op.create_table(
        "records",
        _uuid("version"),
        _uuid("id"),
        _text("kind"),
        _text("identity"),
        _text("source"),
        _uuid("subject", null=True),
        _text("key_name"),
        _text("key_uscc", null=True),
        _text("key_registration_number", null=True),
        _text("key_organisation_code", null=True),
        _text("key_tax_number", null=True),
        _text("key_institution_number", null=True),
        _text("key_society_number", null=True),
        _text("key_person_number_hash", null=True),
        _bytes("key_person_number_sealed", null=True),
        _text("key_person_number_type", null=True),
        _text("unit"),
        _text("domains"),
        _text("list_name", null=True),
        _text("document_number", null=True),
        _date("decided_on", null=True),
        _date("effective_on", null=True),
        _date("ended_on", null=True),
        _text("ended_why", null=True),
        _text("procedure", null=True),
        _flag("simple_confirmed"),
        _text("categories"),
        _whole("fine_fen"),
        _whole("confiscated_fen"),
        _text("repair"),
        _date("repaired_on", null=True),
        _text("repair_channel", null=True),
        _text("review", null=True),
        _date("review_on", null=True),
        _text("review_number", null=True),
        _flag("objected"),
        _flag("minor"),
        _flag("public_security"),
        _text("fields"),
        _bytes("content_sha256"),
        _instant("recorded_at"),
        _instant("superseded_at", null=True),
        sa.PrimaryKeyConstraint("version"),
    )
    op.create_index("ix_records_current", "records", ["id"], unique=True, **_CURRENT)
    op.create_index("ix_records_id", "records", ["id"])
    op.create_index("ix_records_identity", "records", ["kind", "identity"])
    op.create_index("ix_records_subject", "records", ["subject"])


def _intake() -> None:
    op.create_table(
        "batches",
        _uuid("id"),
        _text("kind"),
        _text("unit"),
        _text("file_name", null=True),
        _text("file_sha256"),
        _bytes("file_sealed", null=True),
        _text("domain", null=True),
        _flag("no_simple"),
        _text("confirmed_by"),
        _instant("received_at"),
        _count("rows"),
        _count("accepted"),
        _count("unchanged"),
        _count("quarantined"),
        _count("skipped"),
        _uuid("mends", null=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_batches_file_sha256", "batches", ["file_sha256"])
    op.create_index("ix_batches_mends", "batches", ["mends"])
    op.create_index("ix_batches_unit", "batches", ["unit"])
    op.create_table(
        "provenance",
        _count("id"),
        _uuid("version"),
        _uuid("batch"),
        _count("row"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_provenance_batch", "provenance", ["batch"])
    op.create_index("ix_provenance_version", "provenance", ["version"])
    op.create_table(
        "watermarks",
        _uuid("id"),
        _text("unit"),
        _text("kind"),
        _text("domains"),
        _date("complete_from"),
        _date("complete_to"),
        _text("attested_by"),
        _flag("nil"),
        _uuid("batch"),
        _instant("recorded_at"),
        _instant("superseded_at", null=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_watermarks_unit", "watermarks", ["unit"])


def _quarantine() -> None:
    op.create_table(
        "quarantine",
        _uuid("id"),
        _text("reference"),
        _uuid("batch"),
        _count("row"),
        _text("column", null=True),
        _text("code"),
        _text("problems"),
        _text("unit"),
        _text("kind"),
        _text("identity", null=True),
        _bytes("fingerprint"),
        _text("domains"),
        _bytes("cells_sealed"),
        _text("named_unit", null=True),
        _instant("recorded_at"),
        _instant("cleared_at", null=True),
        _uuid("cleared_by", null=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_quarantine_batch", "quarantine", ["batch"])
    op.create_index("ix_quarantine_code", "quarantine", ["code"])
    op.create_index("ix_quarantine_fingerprint", "quarantine", ["fingerprint"])
    op.create_index("ix_quarantine_identity", "quarantine", ["identity"])
    op.create_index("ix_quarantine_named_unit", "quarantine", ["named_unit"])
    op.create_index("ix_quarantine_reference", "quarantine", ["reference"])
    op.create_table(
        "doubt_keys",
        _count("id"),
        _uuid("holder"),
        _text("kind"),
        _text("value"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_doubt_keys_holder", "doubt_keys", ["holder"])
    op.create_index("ix_doubt_keys_value", "doubt_keys", ["kind", "value"])


def _way() -> None:
    op.create_table(
        "reservations",
        _text("number"),
        _uuid("subject"),
        _count("status_list"),
        _count("status_idx"),
        _text("request"),
        _instant("as_of"),
        _instant("reserved_at"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("status_list", "status_idx"),
    )
    op.create_index("ix_reservations_subject", "reservations", ["subject"])
    op.create_table(
        "drafts",
        _text("number"),
        _text("state"),
        _bytes("b0_sealed", null=True),
        _bytes("b0_sha256"),
        _text("content_sha256"),
        _text("root"),
        _bytes("content_sealed"),
        _bytes("leaf_inputs_sealed"),
        _count("salt_version"),
        _bytes("claim_hash"),
        _bytes("proof"),
        _count("leaf_index"),
        _instant("committed_at"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("leaf_index"),
    )
    op.create_index("ix_drafts_state", "drafts", ["state"])
    op.create_table(
        "intents",
        _uuid("id"),
        _text("number"),
        _bytes("signed_attrs_sha256"),
        _bytes("key_id"),
        _instant("made_at"),
        _text("outcome"),
        _count("leaf_index", null=True),
        sa.PrimaryKeyConstraint("id"),
        sa.UniqueConstraint("leaf_index"),
    )
    op.create_index("ix_intents_number", "intents", ["number"])
    op.create_index("ix_intents_outcome", "intents", ["outcome"])
    op.create_table(
        "key_uses",
        _count("id"),
        _text("role"),
        _bytes("key_id"),
        _text("number"),
        _instant("used_at"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_key_uses_number", "key_uses", ["number"])
    op.create_table(
        "applications",
        _uuid("id"),
        _uuid("subject"),
        _text("request"),
        _text("reasons"),
        _text("state"),
        _instant("made_at"),
        _instant("decided_at", null=True),
        _text("decided_by", null=True),
        _text("number", null=True),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_index("ix_applications_state", "applications", ["state"])
    op.create_index("ix_applications_subject", "applications", ["subject"])


def _register() -> None:
    op.create_table(
        "reports",
        _text("number"),
        _uuid("subject"),
        _text("status"),
        _instant("status_at"),
        _text("status_reason", null=True),
        _text("level"),
        _text("variant"),
        _text("channel"),
        _text("purpose"),
        _text("template"),
        _instant("as_of"),
        _date("window_from"),
        _date("window_to"),
        _text("domains"),
        _count("records"),
        _instant("fresh_until", null=True),
        _text("content_sha256"),
        _text("root"),
        _text("file_sha256"),
        _bytes("file_sealed"),
        _count("b0_length"),
        _count("leaf_index"),
        _instant("released_at"),
        sa.PrimaryKeyConstraint("number"),
        sa.UniqueConstraint("file_sha256"),
    )
    op.create_index("ix_reports_status", "reports", ["status"])
    op.create_index("ix_reports_subject", "reports", ["subject"])
    op.create_table(
        "codes",
        _text("number"),
        _count("hash_version"),
        _bytes("code_hash"),
        _bytes("paper_secret_hash"),
        _count("wrong_tries"),
        sa.PrimaryKeyConstraint("number"),
    )


def _log() -> None:
    op.create_table(
        "log_leaves",
        _count("index"),
        _bytes("leaf"),
        _bytes("leaf_hash"),
        _count("type"),
        _text("number"),
        _text("intent", null=True),
        _instant("appended_at"),
        sa.PrimaryKeyConstraint("index"),
    )
    op.create_index("ix_log_leaves_intent", "log_leaves", ["intent"])
    op.create_index("ix_log_leaves_number", "log_leaves", ["number"])
    op.create_table(
        "log_nodes",
        _count("level"),
        _count("index"),
        _bytes("hash"),
        sa.PrimaryKeyConstraint("level", "index"),
    )
    op.create_table(
        "log_state",
        _count("id"),
        _count("size"),
        _bytes("frontier"),
        _bytes("root"),
        _whole("last_time_ms"),
        sa.PrimaryKeyConstraint("id"),
    )
    op.create_table(
        "checkpoints",
        _count("size"),
        _bytes("root"),
        _bytes("note"),
        _instant("made_at"),
        sa.PrimaryKeyConstraint("size"),
    )
