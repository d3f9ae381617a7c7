"""Record drafts as storable values: plain texts and numbers, made once for hashing and for writing.

Rows are written with an untyped table, so that nothing converts them a second time; whole
files go in at several thousand rows a second.  SQLite and PostgreSQL read these values alike.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from datetime import date, datetime
from functools import lru_cache
from typing import Any, Final, NamedTuple
from uuid import UUID

from sqlalchemy import column, table

from api.store.columns import dump_json, dump_texts
from api.store.entries import Vault
from api.store.tables import ProvenanceRow, RecordRow
from domain.times import microseconds
from records.intake.model import RecordDraft
from records.model import SubjectKeys

PERSON_PURPOSE: Final = "person-number"
UNTYPED: Final = table(RecordRow.__tablename__, *(column(name) for name in RecordRow.model_fields))
PROVENANCE: Final = ("version", "batch", "row")
UNTYPED_PROVENANCE: Final = table(ProvenanceRow.__tablename__, *(column(name) for name in PROVENANCE))

_KEYS: Final = (
    "key_name", "key_uscc", "key_registration_number", "key_organisation_code", "key_tax_number",
    "key_institution_number", "key_society_number", "key_person_number_hash", "key_person_number_sealed",
    "key_person_number_type",
)  # fmt: skip
_SEALED: Final = _KEYS.index("key_person_number_sealed")
_SAID: Final = (
    "kind", "identity", "unit", "domains", "list_name", "document_number", "decided_on", "effective_on",
    "ended_on", "ended_why", "procedure", "simple_confirmed", "categories", "fine_fen", "confiscated_fen",
    "repair", "repaired_on", "repair_channel", "review", "review_on", "review_number", "objected", "minor",
    "public_security",
)  # fmt: skip
_REPAIR: Final = len(_KEYS) + _SAID.index("repair")
WRITTEN: Final = (
    *_KEYS, *_SAID, "fields", "content_sha256", "version", "id", "subject", "source", "recorded_at",
)  # fmt: skip
"""The columns of a new version, in the order in which :class:`DraftColumns` and the writer give them."""


class KeyColumns(NamedTuple):
    """What a row says about whom it concerns, as columns."""

    columns: tuple[Any, ...]
    said: str
    """The same as text, for the content hash."""


class DraftColumns:
    """Makes columns of the drafts of one batch; rows are lists, since whole files pass through here."""

    def __init__(self, vault: Vault) -> None:
        """Seal and fingerprint with ``vault``."""
        self._vault = vault

    def of_keys(self, keys: SubjectKeys) -> KeyColumns:
        """Give the columns of the keys; rows that name the same subject share them."""
        columns = _key_columns(keys, self._vault)
        # A sealed value differs each time it is sealed; the number's fingerprint stands for it.
        return KeyColumns(columns, repr((*columns[:_SEALED], *columns[_SEALED + 1 :])))

    def of(self, draft: RecordDraft, keys: KeyColumns) -> tuple[list[Any], bytes]:
        """Give what a draft decides, up to its ``content_sha256``, and that hash once more.

        Version, id, subject, source and time are missing.
        """
        # In the order of _SAID.
        said = (
            draft.kind._value_,
            draft.identity,
            draft.unit,
            _words(draft.domains),
            draft.list_name,
            draft.document_number,
            draft.decided_on and draft.decided_on.isoformat(),
            draft.effective_on and draft.effective_on.isoformat(),
            draft.ended_on and draft.ended_on.isoformat(),
            draft.ended_why,
            draft.procedure and draft.procedure._value_,
            draft.simple_confirmed,
            _words(draft.categories),
            draft.fine_fen,
            draft.confiscated_fen,
            draft.repair._value_,
            draft.repaired_on and draft.repaired_on.isoformat(),
            draft.repair_channel,
            draft.review and draft.review._value_,
            draft.review_on and draft.review_on.isoformat(),
            draft.review_number,
            draft.objected,
            draft.minor,
            draft.public_security,
        )
        fields = dump_texts(draft.fields)
        content = _hash(keys.said, repr(said), fields)
        return [*keys.columns, *said, fields, content], content


def _key_columns(keys: SubjectKeys, vault: Vault) -> tuple[Any, ...]:
    """In the order of _KEYS."""
    number = keys.person_number
    return (
        keys.name,
        keys.uscc,
        keys.registration_number,
        keys.organisation_code,
        keys.tax_number,
        keys.institution_number,
        keys.society_number,
        vault.fingerprint(number) if number else None,
        vault.seal(number.encode(), PERSON_PURPOSE) if number else None,
        keys.person_number_type,
    )


def _hash(keys: str, decided: str, fields: str) -> bytes:
    """Texts, numbers and None have one ``repr``, and no ``repr`` and no JSON holds a bare newline."""
    return hashlib.sha256(f"{keys}\n{decided}\n{fields}".encode("utf-8", "surrogatepass")).digest()


def keep_repair(row: list[Any], repair: str, repaired_on: date | None, channel: str | None) -> None:
    """Let a row made of a draft carry the repair state of the version before it; its hash stays."""
    row[_REPAIR : _REPAIR + 3] = repair, repaired_on and repaired_on.isoformat(), channel


def storable(row: Mapping[str, Any]) -> dict[str, Any]:
    """Give a row that was read, and changed, as it is written again."""
    return {name: _plain(value) for name, value in row.items()}


def _plain(value: Any) -> Any:
    if isinstance(value, UUID):
        return value.hex
    if isinstance(value, datetime):
        return microseconds(value)
    if isinstance(value, date):
        return value.isoformat()
    return dump_json(value) if isinstance(value, list | dict) else value


@lru_cache(maxsize=4096)
def _words(words: tuple[str, ...]) -> str:
    """Domains and categories come in few combinations."""
    return dump_json(words)
