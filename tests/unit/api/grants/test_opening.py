"""What a grant opens belongs to the signed file, and nothing else opens."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from api.services.access.principal import ANONYMOUS
from api.services.grants import live
from api.services.grants.querying import fresh_file, query
from api.services.grants.redeeming import redeem
from api.services.grants.showing import details, download
from api.services.grants.withdrawing import looks_at_own
from api.services.house.trust import export
from api.services.issuing.issue import Issued
from domain import disclosure
from domain.grant_rights import GrantScope
from domain.report import ShownField
from domain.verdict import Status
from tests.unit.api.grants.people import OWNER, acts, granted, number_of, refused
from tests.unit.api.house_kit import HouseKit, fine
from verifier.policies.policy import builtin

ROOT = Path(__file__).parents[4]


def test_a_grant_opens_fields_that_belong_to_the_signed_file(issued_kit: HouseKit) -> None:
    kit = issued_kit
    made = granted(kit, allows=frozenset({"view", "download"}))
    assert made.token not in str(made.grant)
    use = redeem(kit.context, ANONYMOUS, made.token)
    shown = details(kit.context, ANONYMOUS, use.token)
    assert shown.closed == 0
    assert {"CF_WSH", "CF_SY", "CF_NR_FK"} <= set(shown.fields)
    line, pdf = download(kit.context, ANONYMOUS, use.token)
    now = kit.tick()
    verdict = kit.verifier.at(now).verify(
        pdf, line.number, policy=builtin("authenticity"), now=now, details=shown.data
    )
    assert verdict.status is Status.VALID
    assert acts(kit) == ["download", "view", "redeem"]
    seen = looks_at_own(kit.context, OWNER)[1]
    assert seen.purpose == "贷款审查"
    assert seen.fields == shown.fields


def test_the_command_shows_what_was_opened(issued_kit: HouseKit, tmp_path: Path) -> None:
    kit = issued_kit
    made = granted(
        kit, allows=frozenset({"view", "download"}), scope=GrantScope(fields=frozenset({"CF_WSH"}))
    )
    use = redeem(kit.context, ANONYMOUS, made.token)
    (tmp_path / "report.pdf").write_bytes(download(kit.context, ANONYMOUS, use.token)[1])
    data = details(kit.context, ANONYMOUS, use.token).data
    (tmp_path / "details.json").write_bytes(data)
    (tmp_path / "changed.json").write_bytes(data.replace("1号".encode(), "9号".encode()))
    (tmp_path / "trust").write_bytes(export(kit.context, kit.now).data)

    def verify(*words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            [sys.executable, "-m", "verifier.cli", "verify", "report.pdf", "--trust", "trust", "--policy",
             "authenticity", *words], cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False,
            env={**os.environ, "PYTHONPATH": str(ROOT), "DAIZHENG_HOME": ""},
        )  # fmt: skip

    at = "--at", kit.now.isoformat()
    told = json.loads(verify("--details", "details.json", "--json", *at).stdout)["details"]
    assert told["records"] == 1
    assert [field["id"] for field in told["items"][0]["fields"]] == ["CF_WSH"]
    assert "乌市监罚" in told["items"][0]["fields"][0]["value"]
    for lang, words in (("zh", "行政处罚决定书文号: "), ("en", "Document number: ")):
        assert words in verify("--details", "details.json", "--lang", lang, *at).stdout
    changed = verify("--details", "changed.json", *at)
    assert changed.returncode == 2
    assert "proof_rejected" in changed.stderr


@pytest.mark.parametrize(
    "scope",
    [
        GrantScope(years=frozenset({"2023"})),
        GrantScope(kinds=frozenset({"judgment"})),
        GrantScope(domains=frozenset({"fire_safety"})),
    ],
)
def test_a_scope_keeps_the_rest_closed(issued_kit: HouseKit, scope: GrantScope) -> None:
    use = redeem(issued_kit.context, ANONYMOUS, granted(issued_kit, scope=scope).token)
    shown = details(issued_kit.context, ANONYMOUS, use.token)
    assert (shown.records, shown.closed) == ((), 1)


def test_fields_outside_the_scope_are_not_in_the_bytes(issued_kit: HouseKit) -> None:
    made = granted(issued_kit, scope=GrantScope(fields=frozenset({"CF_JDRQ", "CF_CFJG"})))
    use = redeem(issued_kit.context, ANONYMOUS, made.token)
    shown = details(issued_kit.context, ANONYMOUS, use.token)
    assert "乌市监罚" not in shown.data.decode()
    assert "虚假广告" not in shown.data.decode()
    open_ = [f.id for f in disclosure.decode_details(shown.data).items[0].fields if isinstance(f, ShownField)]
    assert sorted(open_) == ["CF_CFJG", "CF_JDRQ"]


def test_a_record_sealed_since_is_closed(issued_kit: HouseKit) -> None:
    kit = issued_kit
    use = redeem(kit.context, ANONYMOUS, granted(kit).token)
    assert len(details(kit.context, ANONYMOUS, use.token).records) == 1
    kit.send(
        fine(
            "乌市监罚〔2024〕1号",
            违法行为类型="违反治安管理",
            处罚依据="《中华人民共和国治安管理处罚法》第二十六条",
        )
    )
    assert any(record.public_security for record in kit.records())
    shown = details(kit.context, ANONYMOUS, use.token)
    assert (shown.records, shown.closed) == ((), 1)


def test_a_query_gives_one_fresh_report_a_use(issued_kit: HouseKit) -> None:
    kit = issued_kit
    made = granted(kit, allows=frozenset({"query"}), uses=2)
    for _ in range(2):
        use = redeem(kit.context, ANONYMOUS, made.token)
        assert refused(lambda use=use: details(kit.context, ANONYMOUS, use.token)) == "grant_not_allowed"  # type: ignore[misc]
        assert (
            refused(lambda use=use: fresh_file(kit.context, ANONYMOUS, use.token)) == "grant_no_fresh_report"
        )  # type: ignore[misc]
        issued = query(kit.context, kit.desk.issue, ANONYMOUS, use.token)
        assert isinstance(issued, Issued)
        assert fresh_file(kit.context, ANONYMOUS, use.token) == (issued.number, issued.pdf)
        again = lambda use=use: query(kit.context, kit.desk.issue, ANONYMOUS, use.token)  # type: ignore[misc]  # noqa: E731
        assert refused(again) == "grant_query_done"
    assert refused(lambda: redeem(kit.context, ANONYMOUS, made.token)) == "grant_used_up"
    with kit.context.store.reading() as work:
        line = work.reports.get(issued.number)
    assert line is not None
    assert (line.purpose, line.channel) == ("贷款审查", "grant")


def test_only_a_keyed_hash_is_kept(issued_kit: HouseKit) -> None:
    kit = issued_kit
    made = granted(kit, factor="code", factor_code="482913")
    shown = live.make(kit.context, OWNER, number_of(kit), frozenset({"view"}))
    kit.context.store.close()
    for path in kit.context.home.rglob("*"):
        if path.is_file():
            data = path.read_bytes()
            assert made.token.removeprefix("dzg_").encode() not in data
            assert shown.token.removeprefix("dzl_").encode() not in data


def test_after_the_key_was_renewed_old_grants_still_open(issued_kit: HouseKit) -> None:
    kit = issued_kit
    made = granted(kit, factor="code", factor_code="482913")
    kit.context.keys.secrets = kit.context.keys.secrets.rotated("keyed_hash")
    assert redeem(kit.context, ANONYMOUS, made.token, factor="482913")
    assert granted(kit).grant.hash_version == made.grant.hash_version + 1
