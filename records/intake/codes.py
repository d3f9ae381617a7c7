"""The closed lists of words that intake says; each has its sentences in ``templates/messages/intake.*.toml``.

A quarantine code has a sentence and a 处理建议 (``CODE.todo``), a warning a sentence, a
refusal (MalformedInput) a sentence that ends with what to do.
"""

from __future__ import annotations

from typing import Final

QUARANTINE: Final = frozenset({
    "amount_mismatch", "amount_missing", "amount_negative", "amount_unit", "amount_unit_word",
    "amount_unreadable",
    "cell_error", "cell_too_long", "conflict_in_file", "date_future", "date_implausible", "date_order",
    "date_unreadable", "digits_lost", "domain_ambiguous", "domain_unknown", "extra_cells", "formula_cell",
    "judgment_names_person", "kind_not_gathered", "list_of_other_kind", "list_unknown", "marker_left",
    "person_number_invalid",
    "person_number_masked",
    "procedure_contradicts_batch",
    "removal_date_missing", "repair_contradiction", "repair_date_missing", "repair_target_unknown",
    "required_missing", "subject_ambiguous", "subject_kind_unknown", "subject_unmatched", "text_damaged",
    "unit_unknown", "uscc_characters", "uscc_check_digit", "uscc_is_person_number", "uscc_length",
    "value_unknown",
})  # fmt: skip
"""Why a row goes back; ``subject_*`` and ``repair_target_unknown`` are found by matching, after parsing."""

WARNINGS: Final = frozenset({
    "amount_from_content", "category_unknown", "column_unknown", "confiscated_differs", "date_left_as_text",
    "judgment_not_effective", "name_differs", "number_as_text", "organisation_code_invalid",
    "procedure_unknown",
    "procedure_unstated", "reference_unknown", "sheet_not_read", "simple_above_ceiling", "standard_missing",
    "uscc_organisation_digit",
})  # fmt: skip
"""What is reported to the unit and keeps no row back; ``name_differs`` is found by matching."""

REFUSALS: Final = frozenset({
    "archive_ratio", "archive_too_large", "archive_too_many_parts", "columns_missing", "columns_repeated",
    "csv_quote", "encoding_unknown", "file_empty", "file_encrypted", "file_kind", "file_too_large",
    "header_not_found", "several_tables", "too_many_columns", "too_many_rows", "too_many_sheets",
    "workbook_damaged", "xml_doctype",
})  # fmt: skip
"""Why a whole file is refused; nothing of it was taken."""

SKIPPED: Final = frozenset({"blank", "footer", "header", "header_note", "header_repeated", "title"})
"""What a row that is no data was taken for; named ``skipped.WORD`` in the catalogue."""
