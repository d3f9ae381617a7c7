"""Who a row is about: its codes and name as :class:`SubjectKeys`, also from a row that must go back (R3)."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from domain.identifiers import birthday_of, check_uscc, normalise_identifier
from records.intake import cells
from records.intake.redaction import redact_numbers
from records.intake.row_reader import RowReader
from records.model import SubjectKeys

_PERSON: Final = frozenset({"自然人", "个人", "公民", "2"})
_PENALTY_CODES: Final = ("CF_XDR_SWDJ", "CF_XDR_ZZJG", "CF_XDR_GSZC", "CF_XDR_SYDW", "CF_XDR_SHZZ")
_LIST_CODES: Final = ("纳税人识别号", "组织机构代码", "工商注册号")
"""Columns of other codes, where a credit code may stand as well."""
PENALTY_CELLS: Final = (
    "CF_XDR_MC",
    "CF_XDR_LB",
    "CF_XDR_SHXYM",
    "CF_XDR_ZJHM",
    "CF_XDR_ZJLX",
    *_PENALTY_CODES,
)
"""Every column that :func:`penalty_keys` reads."""
MIXED_CELLS: Final = ("主体名称", "统一社会信用代码", "证件号码", "证件类型", *_LIST_CODES)
"""Every column that :func:`mixed_keys` reads."""
_RESIDENT: Final = frozenset({"身份证", "居民身份证", "1"})


def penalty_keys(reader: RowReader) -> SubjectKeys:
    """The keys of a row in the standard columns of 双公示; wrong ones are noted as problems."""
    kind = cells.folded(reader.text("CF_XDR_LB"))
    uscc = reader.uscc("CF_XDR_SHXYM") or _uscc_elsewhere(reader, _PENALTY_CODES)
    organisation = _organisation(reader, "CF_XDR_ZZJG") or _of_tax_number(reader, "CF_XDR_SWDJ")
    registration = reader.code("CF_XDR_GSZC")
    anonymous = uscc is None and organisation is None and registration is None
    person = None
    if kind in _PERSON or (not kind and anonymous):
        # In a firm's row this column at times holds its 法定代表人's number, which names somebody else.
        person = person_number(reader, "CF_XDR_ZJHM", "CF_XDR_ZJLX") or reader.person_code(_PENALTY_CODES)
    return SubjectKeys(
        name=reader.plain_name(reader.need("CF_XDR_MC")),
        uscc=uscc,
        registration_number=registration,
        organisation_code=organisation,
        tax_number=reader.code("CF_XDR_SWDJ"),
        institution_number=reader.code("CF_XDR_SYDW"),
        society_number=reader.code("CF_XDR_SHZZ"),
        person_number=person,
        person_number_type=(reader.text("CF_XDR_ZJLX") or "身份证") if person else None,
    )


def mixed_keys(reader: RowReader) -> SubjectKeys:
    """The keys of a list or document row, where one column may hold any kind of code."""
    person = reader.person_code(("统一社会信用代码",))
    code = reader.code("统一社会信用代码")
    organisation = uscc = registration = None
    if person is not None and not (cells.is_resident_number(person) or _old_form(person)):
        person = None
        reader.fail("统一社会信用代码", "person_number_invalid", length=18)
    elif code is not None:
        if len(code) == 15 and code.isdigit():
            registration = code
        elif (found := cells.organisation_code_of(code)) is not None:
            organisation = found
        else:
            uscc = reader.uscc("统一社会信用代码")
    person = person or person_number(reader, "证件号码", "证件类型")
    uscc = uscc or (_uscc_elsewhere(reader, _LIST_CODES) if person is None else None)
    return SubjectKeys(
        name=reader.plain_name(reader.need("主体名称")),
        uscc=uscc,
        registration_number=registration or reader.code("工商注册号"),
        organisation_code=organisation
        or _organisation(reader, "组织机构代码")
        or _of_tax_number(reader, "纳税人识别号"),
        tax_number=reader.code("纳税人识别号"),
        person_number=person if uscc is None else None,
        person_number_type=(reader.text("证件类型") or "身份证") if person and uscc is None else None,
    )


def _uscc_elsewhere(reader: RowReader, keys: tuple[str, ...]) -> str | None:
    """A whole credit code in the column of an older code: since 2015 it is the tax number too."""
    for key in keys:
        checked = check_uscc(reader.code(key) or "")
        if checked.problem is None:
            return checked.value
    return None


def _of_tax_number(reader: RowReader, key: str) -> str | None:
    """The organisation code inside a tax number of the old form: 6 digits of the place, then the code."""
    number = reader.code(key) or ""
    return cells.organisation_code_of(number[6:]) if len(number) == 15 else None


def _organisation(reader: RowReader, key: str) -> str | None:
    text = reader.text(key)
    if not text or not text.strip("0-"):
        return None
    code = cells.organisation_code_of(text)
    if code is None and check_uscc(text).problem is not None:
        reader.warn("organisation_code_invalid", key)
    return code


def person_number(reader: RowReader, key: str, type_key: str) -> str | None:
    """A person's certificate number, plain, in memory only; a wrong resident number is a problem."""
    text = reader.text(key)
    if not text:
        return None
    number = normalise_identifier(text)
    kind = cells.folded(reader.text(type_key))
    resident = not kind or kind in _RESIDENT
    if "*" in number:
        reader.fail(key, "person_number_masked")
        return None
    if resident and not (cells.is_resident_number(number) or _old_form(number)):
        reader.fail(key, "person_number_invalid", length=len(number))
        return None
    return number


def _old_form(number: str) -> bool:
    return len(number) == 15 and number.isdigit() and birthday_of(number) is not None


def salvage_keys(
    keys: SubjectKeys | None, reader: RowReader, code_key: str, name_key: str
) -> SubjectKeys | None:
    """What a quarantined row still says about whom it names: a wrong USCC may hold another code."""
    name = keys.name if keys is not None else reader.plain_name(reader.text(name_key))
    code = reader.code(code_key) or reader.person_code((code_key,))
    if keys is not None and (keys.uscc or code is None):
        return keys if name or _any_code(keys) else None
    found = SubjectKeys(name=name) if keys is None else keys
    if code is None:
        return found if name else None
    return _with_code(found, code)


def _with_code(keys: SubjectKeys, code: str) -> SubjectKeys:
    if cells.is_resident_number(code) or (len(code) == 15 and cells.names_person(code)):
        return replace(keys, person_number=keys.person_number or code)
    if len(code) == 15:
        return replace(keys, registration_number=keys.registration_number or code)
    if (organisation := cells.organisation_code_of(code)) is not None:
        return replace(keys, organisation_code=keys.organisation_code or organisation)
    if redact_numbers(code) != code:
        return keys  # It looks like a person's number with a slip in it: never kept plain as a code (R7).
    # A code that fails its check may still be somebody's, written wrong elsewhere too.
    return replace(keys, uscc=code) if len(code) == 18 else keys


def _any_code(keys: SubjectKeys) -> bool:
    return any((keys.uscc, keys.registration_number, keys.organisation_code, keys.person_number))
