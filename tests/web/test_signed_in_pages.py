"""Every page of the desks, of what a code opens, and of the answers to forms: axe-core, at 360 and 1280 px."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.web import page_acts
from tests.web.busy_house import House, busy_house
from tests.web.every_page import Looker
from tests.web.page_acts import ACTS
from tests.world.world import World

pytestmark = [
    pytest.mark.slow,
    pytest.mark.tool("chromium"),
    pytest.mark.tool("npm"),
    pytest.mark.tool("cupsd"),
    pytest.mark.tool("lp"),
]
PAGES = (
    # template; sample person, or what a visitor's browser holds; address
    ("desk/start.html", "enterprise-records", "/desk"),
    ("desk/pick.html", "enterprise-records", "/desk/new"),
    ("desk/form.html", "enterprise-records", "/desk/new/form"),
    ("desk/form.html", "enterprise-records", "/desk/new/form?matter=bank_loan"),
    ("desk/report.html", "enterprise-records", "/desk/reports/{number}"),
    ("desk/changes.html", "enterprise-records", "/desk/reports/{number}/changes"),
    ("desk/access.html", "enterprise-records", "/desk/access"),
    ("grants/list.html", "enterprise-records", "/grants"),
    ("grants/new.html", "enterprise-records", "/grants/new/{number}"),
    ("grants/one.html", "enterprise-records", "/grants/{grant}"),
    ("live/show.html", "enterprise-records", "/live/show/{number}"),
    ("account/account.html", "enterprise-records", "/account"),
    ("account/agents.html", "enterprise-records", "/account/agents"),
    ("account/agent_new.html", "enterprise-records", "/account/agents/new"),
    ("desk/start.html", "enterprise-clean", "/desk"),
    ("desk/application.html", "enterprise-clean", "/desk/applications/{application}"),
    ("feedback/form.html", "enterprise-clean", "/feedback?page=/desk"),
    ("desk/objections.html", "enterprise-clean", "/desk/objections"),
    ("watching/followers.html", "enterprise-clean", "/desk/watches"),
    ("desk/objections.html", "enterprise-records", "/desk/objections?number={number}"),
    ("watching/followers.html", "enterprise-records", "/desk/watches"),
    ("desk/report.html", "enterprise-records", "/desk/reports/{locked}"),
    ("desk/access.html", "trader", "/desk/access"),
    ("review/queue.html", "operator", "/review"),
    ("review/draft.html", "operator", "/review/{application}"),
    ("review/feedback.html", "operator", "/review/feedback"),
    ("review/statistics.html", "operator", "/review/statistics"),
    ("review/objections.html", "operator", "/review/objections"),
    ("review/objection.html", "operator", "/review/objections/{objection}"),
    ("status/desk.html", "operator", "/status"),
    ("status/report.html", "operator", "/status/reports/{number}"),
    ("status/report.html", "operator", "/status/reports/{changed}"),
    ("status/many.html", "operator", "/status/many"),
    ("status/late.html", "operator", "/status/late"),
    ("status/batch.html", "operator", "/status/batches/{batch}"),
    ("running/overview.html", "operator", "/running"),
    ("account/account.html", "operator", "/account"),
    ("window/start.html", "window", "/window"),
    ("window/visit.html", "window", "{visit}"),
    ("organisations/desk.html", "security", "/organisations"),
    ("staff/list.html", "security", "/staff"),
    ("staff/looks.html", "auditor", "/staff/looks"),
    ("audit/desk.html", "auditor", "/audit?q={number}"),
    ("audit/entry.html", "auditor", "/audit/entries/3"),
    ("account/account.html", "bank", "/account"),
    ("organisations/own.html", "bank", "/organisation"),
    ("organisations/keys.html", "bank", "/organisation/keys"),
    ("watching/receiver.html", "bank", "/watching"),
    ("watching/one.html", "bank", "/watching/{watch}"),
    ("watching/endpoint.html", "bank", "/watching/endpoint"),
    ("watching/receiver.html", "tender", "/watching"),
    ("watching/endpoint.html", "tender", "/watching/endpoint"),
    ("open/start.html", "bank", "/open"),
    ("open/view.html", "bank", "/open/view"),
    ("live/view.html", "phone", "/live/view"),
    ("live/pages.html", "phone", "/live/pages"),
    ("kiosk/reports.html", "hall", "/kiosk/reports"),
    ("kiosk/start.html", "", "/kiosk"),
    ("desk/matters.html", "", "/matters"),
    ("desk/sent.html", "enterprise-records", "/desk/sent"),
    ("open/waits.html", "bank", "/open/waits"),
    ("portal/q.html", "", "/q/{number}"),
    ("log/log.html", "", "/log"),
    ("audit/desk.html", "auditor", "/audit"),
    ("portal/table.html", "clerk", "/batch/result"),
    ("desk/start.html", "enterprise-records", "/desk?lang=en"),
    ("portal/home.html", "", "/?lang=en"),
    ("desk/report.html", "enterprise-records", "/desk/reports/{number}?lang=en"),
    ("desk/form.html", "enterprise-records", "/desk/new/form?lang=en"),
    ("grants/list.html", "enterprise-records", "/grants?lang=en"),
    ("grants/new.html", "enterprise-records", "/grants/new/{number}?lang=en"),
    ("grants/one.html", "enterprise-records", "/grants/{grant}?lang=en"),
    ("audit/desk.html", "auditor", "/audit?lang=en"),
    ("log/log.html", "", "/log?lang=en"),
    ("kiosk/start.html", "", "/kiosk?lang=en"),
    ("kiosk/reports.html", "hall", "/kiosk/reports?lang=en"),
    ("portal/offline.html", "", "/offline/?lang=en"),
    ("portal/table.html", "clerk", "/batch/result?lang=en"),
    ("desk/objections.html", "enterprise-clean", "/desk/objections?lang=en"),
    ("status/report.html", "operator", "/status/reports/{changed}?lang=en"),
    ("running/overview.html", "operator", "/running?lang=en"),
    ("watching/receiver.html", "bank", "/watching?lang=en"),
)


@pytest.fixture(scope="module")
def busy(careful: World, tmp_path_factory: pytest.TempPathFactory) -> Iterator[House]:
    """The careful house after a morning's work."""
    with busy_house(careful, tmp_path_factory.mktemp("busy") / "log") as house:
        yield house


@pytest.fixture(scope="module")
def looker(browser: Any, busy: House) -> Looker:
    """One browser for all pages."""
    return Looker(browser, busy.service.address)


@pytest.mark.parametrize(("template", "who", "path"), PAGES)
def test_page(looker: Looker, busy: House, template: str, who: str, path: str) -> None:
    name = f"{who}{re.sub(r'[{}]', '', path)}"
    assert looker.complaints(path.format(**busy.names), busy.cookies(who), name=name, template=template) == []


@pytest.mark.parametrize(("template", "who", "act"), ACTS)
def test_answer_to_a_form(
    looker: Looker, busy: House, template: str, who: str, act: Callable[[Any, House], None]
) -> None:
    answers: dict[Any, tuple[str, ...]] = {page_acts.nothing_given: ("400",), page_acts.not_a_code: ("400",)}
    expected = answers.get(act, ())
    with looker.page(busy.cookies(who)) as page:
        act(page, busy)
        found = looker.complaints_of(page, act.__name__, template)
    assert [each for each in found if not any(f"status of {code}" in each for code in expected)] == []
