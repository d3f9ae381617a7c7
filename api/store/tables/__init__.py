"""Every table of the house, one module per aggregate; rows are not records."""

from sqlmodel import SQLModel

from api.store.tables.desk import (
    BulkItemRow,
    BulkRow,
    FeedbackRow,
    IdempotencyRow,
    ObjectionEndRow,
    ObjectionRow,
    PrintRow,
    VisitRow,
)
from api.store.tables.freshness import PolicyRow, ReceiptRow
from api.store.tables.grants import GrantRow, LiveCodeRow, LookRow, OpeningRow
from api.store.tables.house import EventRow, HouseRow, OperatorRow, RegionFileRow, UnitRow
from api.store.tables.intake import BatchRow, DoubtKeyRow, ProvenanceRow, QuarantineRow, WatermarkRow
from api.store.tables.log import CheckpointRow, LogLeafRow, LogNodeRow, LogStateRow
from api.store.tables.log_http import CosignatureRow, LogAlarmRow, LogFactRow, WitnessedHeadRow
from api.store.tables.people import AgentRow, ApiKeyRow, OrganisationRow, PersonRow, SessionRow, SignInRow
from api.store.tables.records import CommitmentRow, RecordRow, SubjectRow
from api.store.tables.reports import (
    ApplicationRow,
    CodeRow,
    DraftRow,
    DraftViewRow,
    IntentRow,
    KeyUseRow,
    ReadingRow,
    ReportRow,
    ReservationRow,
)
from api.store.tables.status import (
    LateEffectRow,
    LateRowRow,
    ProposalRow,
    PublicationRow,
    SeenListRow,
    StatusChangeRow,
    StatusListRow,
    StatusValueRow,
)
from api.store.tables.watches import EndpointRow, WatchMessageRow, WatchRow, WatchTryRow
from api.store.tables.work import ReadPositionRow, TimedTaskRow, WorkerRow

METADATA = SQLModel.metadata

__all__ = [
    "METADATA",
    "AgentRow",
    "ApiKeyRow",
    "ApplicationRow",
    "BatchRow",
    "BulkItemRow",
    "BulkRow",
    "CheckpointRow",
    "CodeRow",
    "CommitmentRow",
    "CosignatureRow",
    "DoubtKeyRow",
    "DraftRow",
    "DraftViewRow",
    "EndpointRow",
    "EventRow",
    "FeedbackRow",
    "GrantRow",
    "HouseRow",
    "IdempotencyRow",
    "IntentRow",
    "KeyUseRow",
    "LateEffectRow",
    "LateRowRow",
    "LiveCodeRow",
    "LogAlarmRow",
    "LogFactRow",
    "LogLeafRow",
    "LogNodeRow",
    "LogStateRow",
    "LookRow",
    "ObjectionEndRow",
    "ObjectionRow",
    "OpeningRow",
    "OperatorRow",
    "OrganisationRow",
    "PersonRow",
    "PolicyRow",
    "PrintRow",
    "ProposalRow",
    "ProvenanceRow",
    "PublicationRow",
    "QuarantineRow",
    "ReadPositionRow",
    "ReadingRow",
    "ReceiptRow",
    "RecordRow",
    "RegionFileRow",
    "ReportRow",
    "ReservationRow",
    "SeenListRow",
    "SessionRow",
    "SignInRow",
    "StatusChangeRow",
    "StatusListRow",
    "StatusValueRow",
    "SubjectRow",
    "TimedTaskRow",
    "UnitRow",
    "VisitRow",
    "WatchMessageRow",
    "WatchRow",
    "WatchTryRow",
    "WatermarkRow",
    "WitnessedHeadRow",
    "WorkerRow",
]
