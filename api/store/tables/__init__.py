"""Every table of the house, one module per aggregate; rows are not records."""

from sqlmodel import SQLModel

from api.store.tables.house import EventRow, HouseRow, OperatorRow, RegionFileRow, UnitRow
from api.store.tables.intake import BatchRow, DoubtKeyRow, ProvenanceRow, QuarantineRow, WatermarkRow
from api.store.tables.log import CheckpointRow, LogLeafRow, LogNodeRow, LogStateRow
from api.store.tables.records import CommitmentRow, RecordRow, SubjectRow
from api.store.tables.reports import (
    ApplicationRow,
    CodeRow,
    DraftRow,
    IntentRow,
    KeyUseRow,
    ReportRow,
    ReservationRow,
)

METADATA = SQLModel.metadata

__all__ = [
    "METADATA",
    "ApplicationRow",
    "BatchRow",
    "CheckpointRow",
    "CodeRow",
    "CommitmentRow",
    "DoubtKeyRow",
    "DraftRow",
    "EventRow",
    "HouseRow",
    "IntentRow",
    "KeyUseRow",
    "LogLeafRow",
    "LogNodeRow",
    "LogStateRow",
    "OperatorRow",
    "ProvenanceRow",
    "QuarantineRow",
    "RecordRow",
    "RegionFileRow",
    "ReportRow",
    "ReservationRow",
    "SubjectRow",
    "UnitRow",
    "WatermarkRow",
]
