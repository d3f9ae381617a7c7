"""Intake: from a bureau's file to drafts of credit records, with no row lost (rules R3, R7, R13 to R20).

``read_table`` turns bytes into a table, ``parse`` a table into drafts, ``parse_subjects`` a
register file into subjects, ``returned_sheet`` quarantined rows into the sheet that goes
back.  Everything is pure: time, region and units are arguments, and nothing is stored.
"""

from __future__ import annotations

from records.intake.identity import identity_of, same_content, subject_key
from records.intake.model import (
    BatchInfo,
    Column,
    Limits,
    Notice,
    Parsed,
    ParsedRow,
    ParsedSubject,
    ParsedSubjects,
    Problem,
    Quarantined,
    RecordDraft,
    RepairDraft,
    Repeated,
    Row,
    Skipped,
    SubjectDraft,
    Table,
)
from records.intake.parsing import parse
from records.intake.placing import Resolve, unit_tree
from records.intake.reading import DEFAULT_LIMITS, read_table
from records.intake.reference import RowReference
from records.intake.returned import returned_sheet, unmasked
from records.intake.sentences import advice, reason, warning
from records.intake.subjects import parse_subjects

__all__ = [
    "DEFAULT_LIMITS",
    "BatchInfo",
    "Column",
    "Limits",
    "Notice",
    "Parsed",
    "ParsedRow",
    "ParsedSubject",
    "ParsedSubjects",
    "Problem",
    "Quarantined",
    "RecordDraft",
    "RepairDraft",
    "Repeated",
    "Resolve",
    "Row",
    "RowReference",
    "Skipped",
    "SubjectDraft",
    "Table",
    "advice",
    "identity_of",
    "parse",
    "parse_subjects",
    "read_table",
    "reason",
    "returned_sheet",
    "same_content",
    "subject_key",
    "unit_tree",
    "unmasked",
    "warning",
]
