"""The closed list of reasons: under each verdict code, which kind of bad file it was.

A reason is a word in a verdict; its sentence stands in the message catalogues under
``reason.<word>``.  A word never changes its meaning; new ones are added at the end of
their group.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.verdict import Code


class Reason(StrEnum):
    """What exactly was found."""

    # unreadable
    NOT_A_PDF = "not_a_pdf"
    EMPTY = "empty"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    NO_CODE_IN_PICTURE = "no_code_in_picture"
    # encrypted
    PASSWORD = "password"
    # limits_exceeded
    BOMB = "bomb"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_MANY_OBJECTS = "too_many_objects"
    TOO_LARGE = "too_large"
    TOO_SLOW = "too_slow"
    # not_a_report
    NO_SIGNATURE = "no_signature"
    RESAVED = "resaved"
    PRINTED_COPY = "printed_copy"
    NO_REPORT_DATA = "no_report_data"
    # untrusted_issuer
    FOREIGN_SIGNATURE = "foreign_signature"
    NOT_PINNED = "not_pinned"
    WRONG_ROLE = "wrong_role"
    WRONG_PREFIX = "wrong_prefix"
    WRONG_ENVIRONMENT = "wrong_environment"
    OUTSIDE_SERVICE_TIME = "outside_service_time"
    # altered
    CHANGED_BYTES = "changed_bytes"
    GAP_NOT_CANONICAL = "gap_not_canonical"
    BYTE_RANGE = "byte_range"
    BYTES_BEFORE_HEADER = "bytes_before_header"
    UNSIGNED_ATTRIBUTE = "unsigned_attribute"
    STRUCTURE_FORBIDDEN = "structure_forbidden"
    # appended_data
    APPENDED_UPDATE = "appended_update"
    BYTES_AFTER_END = "bytes_after_end"
    # multiple_signatures
    SECOND_SIGNATURE = "second_signature"
    DOCUMENT_TIMESTAMP = "document_timestamp"
    # signature_broken
    SIGNATURE_MATHS = "signature_maths"
    WEAK_ALGORITHM = "weak_algorithm"
    NOT_CERTIFIED = "not_certified"
    CHAIN_BROKEN = "chain_broken"
    TOKEN_BROKEN = "token_broken"
    # time_inconsistent
    TIMES_DIFFER = "times_differ"
    SIGNED_IN_FUTURE = "signed_in_future"
    # content_mismatch
    ROOT_MISMATCH = "root_mismatch"
    CLAIM_MISMATCH = "claim_mismatch"
    DATA_MALFORMED = "data_malformed"
    DETAILS_MISMATCH = "details_mismatch"
    HOST_MISMATCH = "host_mismatch"
    TOTALS_MISMATCH = "totals_mismatch"
    # not_logged
    NO_PROOF = "no_proof"
    PROOF_MALFORMED = "proof_malformed"
    PROOF_REJECTED = "proof_rejected"
    CHECKPOINT_UNSIGNED = "checkpoint_unsigned"
    OTHER_LOG = "other_log"
    NOT_IN_REGISTER = "not_in_register"
    OTHER_FILE_IN_REGISTER = "other_file_in_register"
    # issuer_revoked
    REVOKED_BEFORE_SIGNING = "revoked_before_signing"
    # status_stale and status_unavailable
    CRL_STALE = "crl_stale"
    BUNDLE_EXPIRED = "bundle_expired"
    STATUS_LIST_STALE = "status_list_stale"
    NO_STATUS_SOURCE = "no_status_source"
    ONLINE_NEEDED = "online_needed"
    # revoked, superseded, suspended, data_changed, expired
    WITHDRAWN = "withdrawn"
    CORRECTED = "corrected"
    SUSPENDED_BY_OPERATOR = "suspended_by_operator"
    LATE_DATA = "late_data"
    PAST_FRESH_UNTIL = "past_fresh_until"
    # too_old_for_policy, scope_insufficient, not_recognised
    AS_OF_TOO_OLD = "as_of_too_old"
    DOMAIN_MISSING = "domain_missing"
    WINDOW_TOO_SHORT = "window_too_short"
    NARROWED = "narrowed"
    NO_AGREEMENT = "no_agreement"


_R = Reason

REASONS_OF: Final[Mapping[Code, tuple[Reason, ...]]] = {
    Code.OK: (),
    Code.UNREADABLE: (_R.NOT_A_PDF, _R.EMPTY, _R.TRUNCATED, _R.DAMAGED, _R.NO_CODE_IN_PICTURE),
    Code.ENCRYPTED: (_R.PASSWORD,),
    Code.LIMITS_EXCEEDED: (_R.BOMB, _R.TOO_MANY_PAGES, _R.TOO_MANY_OBJECTS, _R.TOO_LARGE, _R.TOO_SLOW),
    Code.NOT_A_REPORT: (_R.NO_SIGNATURE, _R.RESAVED, _R.PRINTED_COPY, _R.NO_REPORT_DATA),
    Code.UNTRUSTED_ISSUER: (
        _R.FOREIGN_SIGNATURE,
        _R.NOT_PINNED,
        _R.WRONG_ROLE,
        _R.WRONG_PREFIX,
        _R.WRONG_ENVIRONMENT,
        _R.OUTSIDE_SERVICE_TIME,
    ),
    Code.ALTERED: (
        _R.CHANGED_BYTES,
        _R.GAP_NOT_CANONICAL,
        _R.BYTE_RANGE,
        _R.BYTES_BEFORE_HEADER,
        _R.UNSIGNED_ATTRIBUTE,
        _R.STRUCTURE_FORBIDDEN,
    ),
    Code.APPENDED_DATA: (_R.APPENDED_UPDATE, _R.BYTES_AFTER_END),
    Code.MULTIPLE_SIGNATURES: (_R.SECOND_SIGNATURE, _R.DOCUMENT_TIMESTAMP),
    Code.SIGNATURE_BROKEN: (
        _R.SIGNATURE_MATHS,
        _R.WEAK_ALGORITHM,
        _R.NOT_CERTIFIED,
        _R.CHAIN_BROKEN,
        _R.TOKEN_BROKEN,
    ),
    Code.TIME_INCONSISTENT: (_R.TIMES_DIFFER, _R.SIGNED_IN_FUTURE),
    Code.CONTENT_MISMATCH: (
        _R.ROOT_MISMATCH,
        _R.CLAIM_MISMATCH,
        _R.DATA_MALFORMED,
        _R.DETAILS_MISMATCH,
        _R.HOST_MISMATCH,
        _R.TOTALS_MISMATCH,
    ),
    Code.NOT_LOGGED: (
        _R.NO_PROOF,
        _R.PROOF_MALFORMED,
        _R.PROOF_REJECTED,
        _R.CHECKPOINT_UNSIGNED,
        _R.OTHER_LOG,
        _R.NOT_IN_REGISTER,
        _R.OTHER_FILE_IN_REGISTER,
    ),
    Code.ISSUER_REVOKED: (_R.REVOKED_BEFORE_SIGNING,),
    Code.STATUS_STALE: (_R.CRL_STALE, _R.BUNDLE_EXPIRED, _R.STATUS_LIST_STALE),
    Code.STATUS_UNAVAILABLE: (_R.NO_STATUS_SOURCE, _R.ONLINE_NEEDED),
    Code.REVOKED: (_R.WITHDRAWN,),
    Code.SUPERSEDED: (_R.CORRECTED,),
    Code.SUSPENDED: (_R.SUSPENDED_BY_OPERATOR,),
    Code.DATA_CHANGED: (_R.LATE_DATA,),
    Code.EXPIRED: (_R.PAST_FRESH_UNTIL,),
    Code.TOO_OLD_FOR_POLICY: (_R.AS_OF_TOO_OLD,),
    Code.SCOPE_INSUFFICIENT: (_R.DOMAIN_MISSING, _R.WINDOW_TOO_SHORT, _R.NARROWED),
    Code.NOT_RECOGNISED: (_R.NO_AGREEMENT,),
}
"""Which reasons each verdict code may give."""

CODE_OF: Final[Mapping[Reason, Code]] = {
    reason: code for code, reasons in REASONS_OF.items() for reason in reasons
}
"""The one code under which each reason stands."""
