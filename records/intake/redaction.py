"""What a unit wrote about people, as it may be kept and shown (rule R7).

Redacted in free text: resident identity numbers (18 digits, and 15 after the word 身份证),
passports and permits named as such, mobile numbers, number plates, and the names of
responsible persons.  A whole column is treated by its header: certificate numbers are
masked, persons' names shortened to 张某, telephone numbers masked.

Not redacted: unified social credit codes, document numbers, the subject's own name and
its registered 法定代表人, who are public.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Final

from domain.identifiers import check_uscc, mask_person_number

_DIGIT: Final = "0-9０-９"
_ID18: Final = re.compile(
    rf"(?<![{_DIGIT}])([{_DIGIT}]{{6}}[\s\-]?[{_DIGIT}]{{8}}[\s\-]?[{_DIGIT}]{{3}}[{_DIGIT}XxＸｘ])(?![{_DIGIT}])"
)
SHORTEST_NUMBER: Final = 15
"""No shorter text holds a resident identity number (15 digits until 1999, 18 since)."""
_ID15: Final = re.compile(rf"(身份证[^{_DIGIT}，。；,;]{{0,8}})([{_DIGIT}]{{15}})(?![{_DIGIT}])")
_PERMIT: Final = re.compile(
    r"((?:护照|通行证|居留证|居留身份证|军官证|士兵证)[^A-Za-z0-9，。；,;]{0,8})([A-Za-z]{1,3}[0-9]{6,12}|[0-9]{8,12})"
)
_MOBILE: Final = re.compile(rf"(?<![{_DIGIT}])([1１][3-9３-９][{_DIGIT}]{{9}})(?![{_DIGIT}])")
_PLATE: Final = re.compile(
    "([京津沪渝冀豫云辽黑湘皖鲁新苏浙赣鄂桂甘晋蒙陕吉闽贵粤青藏川宁琼使领][A-HJ-Za-hj-z])[ ·•.．\\-]?"
    "((?=[A-Za-z]{0,3}[0-9]|[0-9])[0-9A-Za-z]{4,6}[挂学警港澳试超]?)(?![0-9A-Za-z])"
)
_ROLE: Final = (
    "法定代表人|实际控制人|主要负责人|直接负责的主管人员|直接责任人员|直接责任人|财务负责人|安全负责人|项目负责人"
    "|现场负责人|负责人|责任人员|责任人|经营者|驾驶员|驾驶人|司机|从业人员|当事人|联系人|经办人|受害人|被害人|证人|员工|股东"
)
_SURNAME: Final = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟"
    "汪田任姜范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段雷钱汤尹黎易常武乔贺赖龚文庞樊兰殷施陶洪翟安颜倪严"
    "牛温芦季俞章鲁葛伍韦申尤毕聂丛焦向柳邢骆岳齐梅庄辛管祝左涂谷祁时舒耿牟卜路詹关苗凌费纪靳盛童欧甄项曲成游阳裴席卫"
    "查屈鲍位覃霍翁隋甘景薄单包司柏宁柯阮桂闵解强柴华车冉房边褚"
)
_NAME_AFTER: Final = re.compile(
    rf"((?:{_ROLE})(?:姓名)?)(\s*[:：为系是]\s*|\s*[（(]\s*|\s*)([{_SURNAME}][\u4e00-\u9fff·]{{1,3}}?)"
    r"(?=[，。、；;,：:（()）\s\"”]|身份证|男|女|等|驾驶|未|因|在|于|的|$)"
)
_LONG_NUMBER: Final = re.compile(rf"[{_DIGIT}]{{6}}")
_ROLE_END: Final = re.compile("[人员者机东]")
"""Last characters of every role word: a text without them needs no search for names."""
_VERBS: Final = re.compile(
    "未|已|应|须|不|无|没有|对|向|将|经|被|在|是|的|及|和|与|安全|管理|管制|成立|解除|关于|施工|常年|时间|文化|金额|单位|公司|包括|安排|严重|方面|强制|车辆|温度"
)

_CERTIFICATE_HEADER: Final = re.compile("证件号|身份证|护照号|SFZH|ZJHM", re.IGNORECASE)
_PLATE_HEADER: Final = re.compile("车牌|号牌")
_PHONE_HEADER: Final = re.compile("电话|手机|联系方式")
_PERSON_HEADER: Final = re.compile(
    "责任人|负责人|从业人员|主管人员|联系人|驾驶员|驾驶人|司机|当事人姓名|股东|实际控制人|经办人"
)
_ADDRESS_HEADER: Final = re.compile("家庭住址|户籍地?址?|住址|居住地")

Redact = Callable[[str], str]


def treatment_of(header: str) -> Redact:
    """How the cells of a column nobody knows are kept, by what its header says they hold."""
    if _CERTIFICATE_HEADER.search(header) and "证件类型" not in header:
        return mask_codes
    if _PLATE_HEADER.search(header):
        return mask_plate
    if _PHONE_HEADER.search(header):
        return mask_tail
    if _ADDRESS_HEADER.search(header):
        return _hidden
    return shorten_names if _PERSON_HEADER.search(header) else redact_text


def redact_text(text: str) -> str:
    """``text`` without identity numbers, permits, mobile numbers, plates and names of responsible persons."""
    if _LONG_NUMBER.search(text):
        text = redact_numbers(text)
        text = _MOBILE.sub(lambda found: found[1][:3] + "********", text)
        if "证" in text or "照" in text:
            text = _PERMIT.sub(lambda found: found[1] + mask_tail(found[2]), text)
    text = _PLATE.sub(lambda found: found[1].upper() + "*****", text)
    if _ROLE_END.search(text):
        text = _NAME_AFTER.sub(_shorten_found, text)
    return text


def redact_numbers(text: str) -> str:
    """``text`` without resident identity numbers: for names, 文号 and all that is no free text."""
    if len(text) < SHORTEST_NUMBER:
        return text
    text = _ID18.sub(_mask_id, text)
    if "身份证" in text:
        text = _ID15.sub(lambda found: found[1] + mask_person_number(found[2]), text)
    return text


def _mask_id(found: re.Match[str]) -> str:
    number = found[1]
    checked = check_uscc(number)
    digits = checked.value.replace("-", "")
    if checked.problem is None and not _has_birthday(digits):
        return number  # A credit code made of digits alone names a body, not a person.
    return mask_person_number(digits)


def _has_birthday(digits: str) -> bool:
    year, month, day = digits[6:10], digits[10:12], digits[12:14]
    return "1900" <= year <= "2100" and "01" <= month <= "12" and "01" <= day <= "31"


def _shorten_found(found: re.Match[str]) -> str:
    role, link, name = found[1], found[2], found[3]
    if not link.strip() and _VERBS.search(name):
        return found[0]
    return role + link + shorten_name(name)


def shorten_name(name: str) -> str:
    """``张某`` or ``张某某``: the surname's first character, as court papers print third persons."""
    plain = name.strip()
    return plain[:1] + "某" * min(max(len(plain) - 1, 1), 2) if plain else plain


def shorten_names(text: str) -> str:
    """Each name of a column of persons shortened; what is no bare name is redacted as free text."""
    parts = re.split(r"([、,，;；/\s]+)", text)
    return "".join(
        shorten_name(part) if re.fullmatch("[\u4e00-\u9fff·]{2,12}", part) else redact_text(part)
        for part in parts
    )


def mask_codes(text: str) -> str:
    """Every run of digits and letters of a certificate column masked."""
    return re.sub(
        rf"[{_DIGIT}A-Za-zＡ-Ｚａ-ｚ()（）*\- ]{{4,}}", lambda found: mask_person_number(found[0]), text
    )


def mask_plate(text: str) -> str:
    """A column of plates: province and letter stay."""
    masked = _PLATE.sub(lambda found: found[1].upper() + "*****", text)
    return re.sub(r"[0-9A-Za-z]{4,}", "*****", masked)


def mask_tail(text: str) -> str:
    """The first three characters and nothing more."""
    return text[:3] + "*" * max(len(text) - 3, 0)


def _hidden(text: str) -> str:
    return "(不显示)" if text else text
