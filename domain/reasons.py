"""Closed list: why a verdict has its code; each reason stands under exactly the codes named here.

A code says what follows for the reader, a reason says what was found.  Words are never
reused for another meaning; the sentences are in ``templates/messages/verifier.<lang>.toml``
under ``reason.<word>.line`` and ``reason.<word>.next``.
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from domain.verdict import Code


class Reason(StrEnum):
    """What was found."""

    # unreadable, encrypted, limits_exceeded
    EMPTY_FILE = "empty_file"
    NOT_A_PDF = "not_a_pdf"
    TRUNCATED = "truncated"
    DAMAGED = "damaged"
    READER_FAILED = "reader_failed"
    NO_CODE_FOUND = "no_code_found"
    ENCRYPTED = "encrypted"
    TOO_LARGE = "too_large"
    TOO_MANY_PAGES = "too_many_pages"
    TOO_MANY_PIXELS = "too_many_pixels"
    BOMB = "bomb"
    TOO_SLOW = "too_slow"
    # not_a_report
    NO_SIGNATURE = "no_signature"
    SIGNATURE_REMOVED = "signature_removed"
    PRINTED_COPY = "printed_copy"
    SCANNED_COPY = "scanned_copy"
    FOREIGN_SIGNATURE = "foreign_signature"
    # altered
    CHANGED_BYTES = "changed_bytes"
    RESAVED = "resaved"
    BYTES_BEFORE_HEADER = "bytes_before_header"
    BYTE_RANGE_NOT_CANONICAL = "byte_range_not_canonical"
    GAP_NOT_ADJACENT = "gap_not_adjacent"
    GAP_NOT_CANONICAL = "gap_not_canonical"
    SIGNATURE_NOT_LOW_S = "signature_not_low_s"
    TOKEN_NOT_CANONICAL = "token_not_canonical"
    TOKEN_REMOVED = "token_removed"
    REVISION_NOT_CANONICAL = "revision_not_canonical"
    UNEXPECTED_STRUCTURE = "unexpected_structure"
    ACTIVE_CONTENT = "active_content"
    # appended_data, multiple_signatures
    APPENDED_UPDATE = "appended_update"
    BYTES_AFTER_END = "bytes_after_end"
    SECOND_SIGNATURE = "second_signature"
    ADDED_TIMESTAMP = "added_timestamp"
    # signature_broken
    SIGNATURE_MISMATCH = "signature_mismatch"
    TOKEN_MISMATCH = "token_mismatch"
    READERS_DISAGREE = "readers_disagree"
    SIGNING_TIME_REJECTED = "signing_time_rejected"
    # untrusted_issuer
    UNKNOWN_CERTIFICATE = "unknown_certificate"
    WRONG_ROLE = "wrong_role"
    NUMBER_OUT_OF_PREFIX = "number_out_of_prefix"
    SERVICE_NOT_IN_FORCE = "service_not_in_force"
    OTHER_REGION = "other_region"
    # time_inconsistent
    TIMES_DIFFER = "times_differ"
    SIGNED_IN_FUTURE = "signed_in_future"
    # content_mismatch
    CONTENT_MALFORMED = "content_malformed"
    ROOT_MISMATCH = "root_mismatch"
    CLAIM_MISMATCH = "claim_mismatch"
    ENVIRONMENT_MISMATCH = "environment_mismatch"
    REGION_FILE_UNKNOWN = "region_file_unknown"
    HOST_UNKNOWN = "host_unknown"
    # not_logged
    PROOF_MALFORMED = "proof_malformed"
    PROOF_FOREIGN = "proof_foreign"
    CHECKPOINT_UNTRUSTED = "checkpoint_untrusted"
    NOT_REGISTERED = "not_registered"
    LOG_SPLIT = "log_split"
    # issuer_revoked
    REVOKED_BEFORE_SIGNING = "revoked_before_signing"
    REVOKED_AFTER_SIGNING = "revoked_after_signing"
    # status_unavailable, status_stale
    NO_STATUS_SOURCE = "no_status_source"
    STATUS_LIST_UNREACHABLE = "status_list_unreachable"
    STATUS_LIST_MALFORMED = "status_list_malformed"
    STATUS_LIST_UNTRUSTED = "status_list_untrusted"
    STATUS_LIST_OTHER = "status_list_other"
    STATUS_LIST_OTHER_TIME = "status_list_other_time"
    STATUS_LIST_NONE_THEN = "status_list_none_then"
    STATUS_LIST_FROM_FUTURE = "status_list_from_future"
    STATUS_LIST_ROLLED_BACK = "status_list_rolled_back"
    STATUS_LIST_FORKED = "status_list_forked"
    STATUS_LIST_TOO_OLD = "status_list_too_old"
    STATUS_LIST_STALE = "status_list_stale"
    STATUS_VALUE_UNKNOWN = "status_value_unknown"
    REGISTER_UNREACHABLE = "register_unreachable"
    REGISTER_LOCKED = "register_locked"
    BUNDLE_EXPIRED = "bundle_expired"
    BUNDLE_NOT_YET_MADE = "bundle_not_yet_made"
    REVOCATION_STALE = "revocation_stale"
    REVOCATION_MISSING = "revocation_missing"
    # the register's words
    REGISTER_REVOKED = "register_revoked"
    REGISTER_SUSPENDED = "register_suspended"
    REGISTER_DATA_CHANGED = "register_data_changed"
    REGISTER_SUPERSEDED = "register_superseded"
    REGISTER_OTHER_FILE = "register_other_file"
    # a status list's words
    LIST_REVOKED = "list_revoked"
    LIST_SUSPENDED = "list_suspended"
    LIST_DATA_CHANGED = "list_data_changed"
    LIST_SUPERSEDED = "list_superseded"
    # the receiver's policy
    PAST_FRESH_UNTIL = "past_fresh_until"
    OLDER_THAN_POLICY = "older_than_policy"
    SCOPE_NARROWED = "scope_narrowed"
    DOMAIN_MISSING = "domain_missing"
    WINDOW_TOO_SHORT = "window_too_short"
    KIND_NOT_COUNTED = "kind_not_counted"
    DATA_STATE_INSUFFICIENT = "data_state_insufficient"
    NOT_YET_ISSUED = "not_yet_issued"
    NO_AGREEMENT = "no_agreement"
    # codes and pictures
    CLAIM_SIGNATURE_BROKEN = "claim_signature_broken"
    CLAIM_KEY_UNKNOWN = "claim_key_unknown"
    CLAIM_NUMBER_DIFFERS = "claim_number_differs"
    CLAIM_MALFORMED = "claim_malformed"
    CODE_NOT_OURS = "code_not_ours"
    CODE_NOT_KNOWN = "code_not_known"


_R = Reason
REASONS: Final[Mapping[Code, frozenset[Reason]]] = {
    Code.UNREADABLE: frozenset({_R.EMPTY_FILE, _R.NOT_A_PDF, _R.TRUNCATED, _R.DAMAGED, _R.READER_FAILED}),
    Code.ENCRYPTED: frozenset({_R.ENCRYPTED}),
    Code.LIMITS_EXCEEDED: frozenset(
        {_R.TOO_LARGE, _R.TOO_MANY_PAGES, _R.TOO_MANY_PIXELS, _R.BOMB, _R.TOO_SLOW}
    ),
    Code.NOT_A_REPORT: frozenset(
        {_R.NO_SIGNATURE, _R.SIGNATURE_REMOVED, _R.PRINTED_COPY, _R.SCANNED_COPY, _R.FOREIGN_SIGNATURE}
    ),
    Code.ALTERED: frozenset(
        {
            _R.CHANGED_BYTES,
            _R.RESAVED,
            _R.BYTES_BEFORE_HEADER,
            _R.BYTE_RANGE_NOT_CANONICAL,
            _R.GAP_NOT_ADJACENT,
            _R.GAP_NOT_CANONICAL,
            _R.SIGNATURE_NOT_LOW_S,
            _R.TOKEN_NOT_CANONICAL,
            _R.TOKEN_REMOVED,
            _R.REVISION_NOT_CANONICAL,
            _R.UNEXPECTED_STRUCTURE,
            _R.ACTIVE_CONTENT,
        }
    ),
    Code.APPENDED_DATA: frozenset({_R.APPENDED_UPDATE, _R.BYTES_AFTER_END}),
    Code.MULTIPLE_SIGNATURES: frozenset({_R.SECOND_SIGNATURE, _R.ADDED_TIMESTAMP}),
    Code.SIGNATURE_BROKEN: frozenset(
        {_R.SIGNATURE_MISMATCH, _R.TOKEN_MISMATCH, _R.READERS_DISAGREE, _R.SIGNING_TIME_REJECTED}
    ),
    Code.UNTRUSTED_ISSUER: frozenset(
        {
            _R.UNKNOWN_CERTIFICATE,
            _R.WRONG_ROLE,
            _R.NUMBER_OUT_OF_PREFIX,
            _R.SERVICE_NOT_IN_FORCE,
            _R.OTHER_REGION,
        }
    ),
    Code.TIME_INCONSISTENT: frozenset({_R.TIMES_DIFFER, _R.SIGNED_IN_FUTURE}),
    Code.CONTENT_MISMATCH: frozenset(
        {
            _R.CONTENT_MALFORMED,
            _R.ROOT_MISMATCH,
            _R.CLAIM_MISMATCH,
            _R.ENVIRONMENT_MISMATCH,
            _R.REGION_FILE_UNKNOWN,
            _R.HOST_UNKNOWN,
        }
    ),
    Code.NOT_LOGGED: frozenset(
        {
            _R.PROOF_MALFORMED,
            _R.PROOF_FOREIGN,
            _R.CHECKPOINT_UNTRUSTED,
            _R.NOT_REGISTERED,
            _R.REGISTER_OTHER_FILE,
            _R.LOG_SPLIT,
        }
    ),
    Code.ISSUER_REVOKED: frozenset({_R.REVOKED_BEFORE_SIGNING}),
    Code.STATUS_UNAVAILABLE: frozenset(
        {
            _R.NO_STATUS_SOURCE,
            _R.REGISTER_UNREACHABLE,
            _R.STATUS_LIST_UNREACHABLE,
            _R.STATUS_LIST_MALFORMED,
            _R.STATUS_LIST_UNTRUSTED,
            _R.STATUS_LIST_OTHER,
            _R.STATUS_LIST_OTHER_TIME,
            _R.STATUS_LIST_NONE_THEN,
            _R.STATUS_LIST_FROM_FUTURE,
            _R.STATUS_LIST_ROLLED_BACK,
            _R.STATUS_LIST_FORKED,
            _R.STATUS_LIST_TOO_OLD,
            _R.STATUS_VALUE_UNKNOWN,
        }
    ),
    Code.STATUS_STALE: frozenset(
        {
            _R.BUNDLE_EXPIRED,
            _R.BUNDLE_NOT_YET_MADE,
            _R.REVOCATION_STALE,
            _R.REVOCATION_MISSING,
            _R.NOT_YET_ISSUED,
            _R.STATUS_LIST_STALE,
        }
    ),
    Code.REVOKED: frozenset({_R.REGISTER_REVOKED, _R.LIST_REVOKED}),
    Code.SUSPENDED: frozenset({_R.REGISTER_SUSPENDED, _R.LIST_SUSPENDED}),
    Code.DATA_CHANGED: frozenset({_R.REGISTER_DATA_CHANGED, _R.LIST_DATA_CHANGED}),
    Code.SUPERSEDED: frozenset({_R.REGISTER_SUPERSEDED, _R.LIST_SUPERSEDED}),
    Code.EXPIRED: frozenset({_R.PAST_FRESH_UNTIL}),
    Code.TOO_OLD_FOR_POLICY: frozenset({_R.OLDER_THAN_POLICY}),
    Code.SCOPE_INSUFFICIENT: frozenset(
        {
            _R.SCOPE_NARROWED,
            _R.DOMAIN_MISSING,
            _R.WINDOW_TOO_SHORT,
            _R.KIND_NOT_COUNTED,
            _R.DATA_STATE_INSUFFICIENT,
        }
    ),
    Code.NOT_RECOGNISED: frozenset({_R.NO_AGREEMENT}),
    Code.OK: frozenset({_R.REVOKED_AFTER_SIGNING}),
}
"""Which reasons may stand under which document code; ``ok`` may carry a note."""

CLAIM_REASONS: Final[Mapping[str, frozenset[Reason]]] = {
    "claim_stands": frozenset(),
    "claim_refuted": frozenset(
        {
            _R.CLAIM_SIGNATURE_BROKEN,
            _R.CLAIM_KEY_UNKNOWN,
            _R.CLAIM_NUMBER_DIFFERS,
            _R.CLAIM_MISMATCH,
            _R.HOST_UNKNOWN,
            _R.NUMBER_OUT_OF_PREFIX,
            _R.OTHER_REGION,
        }
    ),
    "online_needed": frozenset({_R.NO_STATUS_SOURCE, _R.REGISTER_UNREACHABLE, _R.REGISTER_LOCKED}),
    "code_unknown": frozenset({_R.CODE_NOT_KNOWN}),
    "page_mark": frozenset(),
    "code_unreadable": frozenset(
        {_R.NO_CODE_FOUND, _R.CODE_NOT_OURS, _R.CLAIM_MALFORMED, _R.HOST_UNKNOWN, _R.OTHER_REGION}
    ),
}
"""The same for the codes that only a picture's or a number's verdict carries."""
