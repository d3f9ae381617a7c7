"""The names of every column that units send, per kind: canonical key first, then other spellings.

Canonical keys of the penalty file are the codes of the standard (行政处罚公示信息, 30 columns);
the other kinds have no codes, so their Chinese names stand for themselves.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import Final

from records.model import Kind

REFERENCE: Final = "退回行标识"
"""Column of a returned sheet that names the quarantined row; set by :mod:`records.intake.returned`."""
REASON: Final = "原因"
ADVICE: Final = "处理建议"
SUBJECTS: Final = "subjects"
"""Kind name of the register file, which no :class:`Kind` stands for."""


class Shared(StrEnum):
    """Canonical column keys that the parsers of all kinds share (the rest are standard codes)."""

    NAME = "主体名称"
    USCC = "统一社会信用代码"
    DOMAIN = "领域"


_COMMON: Final[Mapping[str, Sequence[str]]] = {
    Shared.DOMAIN: ("涉及领域", "所属领域", "业务领域"),
    REFERENCE: ("行标识",),
}

_STATE: Final[Mapping[str, Sequence[str]]] = {
    "修复状态": ("信用修复状态", "是否修复"),
    "修复日期": ("信用修复日期", "修复时间"),
    "修复渠道": (),
    "变更情形": ("复议诉讼结果", "决定变更情形", "变更撤销情形"),
    "变更日期": ("复议诉讼日期", "变更撤销日期"),
    "变更文号": ("复议诉讼文号", "变更文书号", "变更撤销文号"),
}

_PENALTY: Final[Mapping[str, Sequence[str]]] = {
    "CF_XDR_MC": ("行政相对人名称", "相对人名称", "主体名称", "处罚对象", "XY010101"),
    "CF_XDR_LB": ("行政相对人类别", "相对人类别"),
    "CF_XDR_SHXYM": (
        "行政相对人代码_1(统一社会信用代码)",
        "行政相对人代码_1",
        "统一社会信用代码",
        "行政相对人统一社会信用代码",
    ),
    "CF_XDR_GSZC": ("行政相对人代码_2(工商注册号)", "行政相对人代码_2", "工商注册号", "工商登记码"),
    "CF_XDR_ZZJG": ("行政相对人代码_3(组织机构代码)", "行政相对人代码_3", "组织机构代码"),
    "CF_XDR_SWDJ": ("行政相对人代码_4(税务登记号)", "行政相对人代码_4", "税务登记号"),
    "CF_XDR_SYDW": ("行政相对人代码_5(事业单位证书号)", "行政相对人代码_5", "事业单位证书号"),
    "CF_XDR_SHZZ": ("行政相对人代码_6(社会组织登记证号)", "行政相对人代码_6", "社会组织登记证号"),
    "CF_FRDB": ("法定代表人", "法定代表人姓名", "CF_FDDB", "CF_FDDBR", "XY010105"),
    "CF_FR_ZJLX": ("法定代表人证件类型", "XY010107"),
    "CF_FR_ZJHM": ("法定代表人证件号码", "法定代表人身份证号", "CF_FR_SFZH", "XY010108"),
    "CF_XDR_ZJLX": ("证件类型(自然人)", "证件类型", "自然人证件类型"),
    "CF_XDR_ZJHM": ("证件号码(自然人)", "证件号码", "自然人证件号码", "身份证号", "身份证号码"),
    "CF_WSH": ("行政处罚决定书文号", "处罚决定书文号", "决定书文号", "行政处罚决定文书号", "XY020102"),
    "CF_WFXW": ("违法行为类型", "XY020109"),
    "CF_SY": ("违法事实", "处罚事由", "XY020104"),
    "CF_YJ": ("处罚依据", "XY020106"),
    "CF_CFLB": ("处罚类别", "处罚种类", "XY020103"),
    "CF_NR": ("处罚内容", "处罚结果", "XY020130"),
    "CF_NR_FK": ("罚款金额(万元)", "罚款金额", "XY020116"),
    "罚款金额(元)": (),
    "CF_NR_WFFF": (
        "没收违法所得、没收非法财物的金额(万元)",
        "没收违法所得、没收非法财物的金额",
        "没收违法所得没收非法财物的金额(万元)",
        "没收金额(万元)",
        "没收金额",
    ),
    "没收金额(元)": ("没收违法所得、没收非法财物的金额(元)",),
    "CF_NR_ZKDX": ("暂扣或吊销证照名称及编号", "暂扣或吊销证照名称"),
    "CF_JDRQ": ("处罚决定日期", "行政处罚决定日期", "处罚日期", "XY020107"),
    "CF_YXQ": ("处罚有效期",),
    "CF_GSJZQ": ("公示截止期", "公示截止日期", "CF_GSJZRQ", "XY020133"),
    "CF_CFJG": ("处罚机关", "行政处罚机关", "处罚机关名称", "XY020101"),
    "CF_CFJGDM": ("处罚机关统一社会信用代码", "处罚机关代码", "XY020134"),
    "CF_SJLY": ("数据来源单位", "XY020135"),
    "CF_SJLYDM": ("数据来源单位统一社会信用代码", "XY020136"),
    "BZ": ("备注", "CF_BZ", "XY020108"),
    "处罚程序": ("行政处罚程序", "适用程序"),
    "简易程序确认": ("简易程序核实", "确认适用简易程序"),
    "违法行为发生日期": ("违法行为发生时间", "违法日期"),
}

_LIST_COMMON: Final[Mapping[str, Sequence[str]]] = {
    Shared.USCC: (
        "统一社会信用代码/工商注册号",
        "统一社会信用代码/组织机构代码",
        "身份证号码/组织机构代码",
        "主体身份代码",
        "CF_XDR_SHXYM",
    ),
    "工商注册号": ("注册号", "营业执照注册号"),
    "组织机构代码": (),
    "纳税人识别号": ("税务登记号",),
    "证件类型": (),
    "证件号码": ("身份证号", "身份证号码", "自然人证件号码"),
    "数据来源单位": ("数据来源", "信息来源单位"),
    "数据来源单位统一社会信用代码": (),
}

_DISHONEST: Final[Mapping[str, Sequence[str]]] = {
    "名单名称": ("名单类型", "名单类别", "严重失信主体名单名称"),
    Shared.NAME: (
        "企业名称",
        "单位名称",
        "机构名称",
        "纳税人名称",
        "失信被执行人姓名/名称",
        "失信主体名称",
        "姓名/名称",
        "失信被执行人名称",
        "当事人名称",
    ),
    "认定依据": ("严重失信主体名单认定依据", "执行依据文号", "认定文书号", "认定依据(文书)"),
    "认定部门": ("认定单位", "认定机关", "执行法院", "信息报送机关", "列入决定机关", "列入部门"),
    "认定部门统一社会信用代码": ("认定部门代码", "认定单位统一社会信用代码"),
    "列入日期": (
        "列入严重失信主体名单日期",
        "纳入日期",
        "列入时间",
        "发布时间",
        "公布日期",
        "记录日期",
        "入库时间",
    ),
    "列入事由": (
        "列入原因",
        "纳入理由",
        "列入理由",
        "失信行为",
        "失信行为简况",
        "失信被执行人行为具体情形",
        "不良行为的具体情形",
    ),
    "移出日期": ("移出严重失信主体名单日期", "移出时间", "退出日期"),
    "移出事由": ("移出原因", "移出理由", "退出原因"),
    "移出情形": ("移出类型",),
}

_ABNORMAL: Final[Mapping[str, Sequence[str]]] = {
    Shared.NAME: ("企业名称", "单位名称", "个体工商户名称", "农民专业合作社名称"),
    "列入日期": ("列入经营异常名录日期", "列入时间"),
    "列入经营异常名录原因类型名称": ("列入原因", "列入经营异常名录原因", "列入原因类型名称", "列入事由"),
    "列入决定机关名称": ("列入决定机关", "作出决定机关(列入)", "列入机关", "认定部门"),
    "列入决定机关统一社会信用代码": ("列入决定机关代码",),
    "移出日期": ("移出经营异常名录日期", "移出时间"),
    "移出原因": ("移出经营异常名录原因", "移出事由"),
    "移出决定机关名称": ("移出决定机关", "移出决定机构", "作出决定机关(移出)"),
}

_COERCION: Final[Mapping[str, Sequence[str]]] = {
    Shared.NAME: ("行政相对人名称", "当事人名称", "企业名称"),
    "决定书文号": ("行政强制决定书文号", "决定文号", "文书号"),
    "强制措施种类": ("行政强制措施种类", "强制种类", "强制类别"),
    "决定机关": ("实施机关", "强制机关", "决定机关名称"),
    "决定机关统一社会信用代码": ("决定机关代码",),
    "决定日期": ("强制决定日期",),
    "依据": ("强制依据", "法律依据"),
    "内容": ("强制内容",),
    "解除日期": ("强制解除日期",),
}

_JUDGMENT: Final[Mapping[str, Sequence[str]]] = {
    Shared.NAME: ("被告人名称", "被告单位", "被告人", "当事人名称", "企业名称"),
    "案号": ("裁判文书号", "判决书文号"),
    "罪名": ("案由",),
    "审理法院": ("作出判决法院", "判决法院", "法院名称"),
    "审理法院统一社会信用代码": ("法院代码",),
    "判决日期": ("裁判日期",),
    "生效日期": ("判决生效日期", "裁判生效日期"),
    "判决结果": ("裁判结果",),
}

_REPAIR: Final[Mapping[str, Sequence[str]]] = {
    Shared.NAME: ("行政相对人名称", "企业名称", "CF_XDR_MC"),
    Shared.USCC: ("行政相对人代码_1(统一社会信用代码)", "行政相对人代码_1", "CF_XDR_SHXYM"),
    "处罚机关代码": ("处罚机关统一社会信用代码", "CF_CFJGDM"),
    "处罚机关": ("处罚机关名称", "CF_CFJG"),
    "决定书文号": ("行政处罚决定书文号", "处罚决定书文号", "CF_WSH"),
    "修复状态": ("信用修复状态", "修复结果"),
    "修复日期": ("信用修复日期", "修复时间"),
    "修复渠道": ("信用修复渠道",),
    "决定文号": ("修复决定文号", "准予修复决定文号", "信用修复决定书文号"),
    "证件号码": ("身份证号", "CF_XDR_ZJHM"),
}

_OTHER: Final[Mapping[str, Sequence[str]]] = {
    Shared.NAME: ("行政相对人名称", "企业名称", "单位名称"),
    "信息类别": ("数据类别", "记录类别", "信息名称"),
    "文号": ("决定书文号", "文书号", "编号"),
    "决定机关": ("认定部门", "作出机关", "认定单位", "实施机关"),
    "决定机关统一社会信用代码": ("认定部门统一社会信用代码",),
    "决定日期": ("认定日期", "日期", "作出日期"),
    "依据": ("法律依据", "认定依据"),
    "内容": ("事项", "具体内容"),
    "解除日期": ("结束日期", "失效日期"),
}

_SUBJECTS: Final[Mapping[str, Sequence[str]]] = {
    Shared.NAME: ("企业名称", "单位名称", "姓名", "机构名称", "经营主体名称", "字号名称"),
    Shared.USCC: ("社会信用代码", "CF_XDR_SHXYM"),
    "主体类型": ("经营主体类型", "企业类型", "主体类别"),
    "法定代表人": ("法定代表人姓名", "负责人", "经营者", "投资人", "执行事务合伙人"),
    "成立日期": ("设立日期", "注册日期"),
    "住所": ("注册地址", "经营场所", "地址", "住所地"),
    "登记机关": ("登记机关名称",),
    "登记状态": ("经营状态", "企业状态"),
    "工商注册号": ("注册号", "营业执照注册号"),
    "组织机构代码": (),
    "总公司统一社会信用代码": ("隶属企业统一社会信用代码", "上级主体统一社会信用代码"),
    "证件类型": (),
    "证件号码": ("身份证号", "身份证号码"),
}

MAPS: Final[Mapping[str, tuple[Mapping[str, Sequence[str]], ...]]] = {
    Kind.PENALTY: (_COMMON, _STATE, _PENALTY),
    Kind.DISHONEST_LIST: (_COMMON, _STATE, _LIST_COMMON, _DISHONEST),
    Kind.ABNORMAL_LIST: (_COMMON, _STATE, _LIST_COMMON, _ABNORMAL),
    Kind.COERCION: (_COMMON, _STATE, _LIST_COMMON, _COERCION),
    Kind.JUDGMENT: (_COMMON, _STATE, _LIST_COMMON, _JUDGMENT),
    Kind.REPAIR: (_COMMON, _REPAIR),
    Kind.OTHER: (_COMMON, _STATE, _LIST_COMMON, _OTHER),
    SUBJECTS: (_COMMON, _SUBJECTS),
}

NEEDED: Final[Mapping[str, tuple[tuple[str, ...], ...]]] = {
    # One of each group must be in the header, else the file is of another kind.
    Kind.PENALTY: (("CF_XDR_MC",), ("CF_WSH",), ("CF_JDRQ",), ("CF_CFLB", "CF_NR")),
    Kind.DISHONEST_LIST: ((Shared.NAME,), ("列入日期",)),
    Kind.ABNORMAL_LIST: ((Shared.NAME,), ("列入日期",), ("列入经营异常名录原因类型名称", "列入决定机关名称")),
    Kind.COERCION: ((Shared.NAME,), ("决定书文号",), ("决定日期",), ("强制措施种类", "内容")),
    Kind.JUDGMENT: ((Shared.NAME,), ("案号",), ("判决日期", "生效日期")),
    Kind.REPAIR: (("决定书文号",), ("修复状态",), ("处罚机关代码", "处罚机关")),
    Kind.OTHER: ((Shared.NAME,), ("决定日期",), ("信息类别", "内容", "依据")),
    SUBJECTS: ((Shared.NAME,), (Shared.USCC, "证件号码"), ("主体类型",)),
}
