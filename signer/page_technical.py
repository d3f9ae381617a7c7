"""The technical page: what a machine, an auditor or a court's expert needs (rule R9)."""

from __future__ import annotations

from domain.report import ReportContent, Variant
from domain.times import rfc3339
from domain.verdict import JsonValue
from signer import text


def technical_page(content: ReportContent, content_sha256: str) -> list[JsonValue]:
    """Rows of label, value and whether the value is set in the fixed-width face.

    The proof and the file's own hash cannot stand here: both exist only after the layout.
    """
    region = content.region
    variant = "摘要版（详细内容不展示，其加盐哈希已签名）" if content.variant is Variant.SUMMARY else "完整版"
    rows = [
        ("内容根", content.tree.root, True),
        ("记录树", f"{content.tree.size} 个叶（含填充）", False),
        ("报告数据", f"report.json SHA-256 {content_sha256}", True),
        ("日志", content.log_origin, True),
        ("状态列表", f"{content.status_uri} 第 {content.status_idx} 项", True),
        ("范围规则", f"{region.code}-{region.version} SHA-256 {region.sha256}", True),
        ("版本", f"{variant}；模板 {content.template}", False),
        ("知识时点", rfc3339(content.as_of), True),
        ("预留时点", rfc3339(content.reserved_at), True),
        ("环境", content.environment.value, True),
    ]
    return [[label, text.printable(value), mono] for label, value, mono in rows]
