"""The bundle kept in the house is the house's own or none, and names every status list."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from sqlalchemy import text

from api.services.house import trust
from api.services.house.trust import FILE, export, kept_bundle, own_bundle
from api.services.issuing.orders import Order
from domain.errors import Refused
from tests.unit.api.house_kit import FIRM, HouseKit, found_template


def test_the_kept_bundle_opens_under_the_root_of_the_founding(kit: HouseKit) -> None:
    done = export(kit.context, kit.tick())
    anchor = kit.context.house.anchor_sha256
    assert done.opened.anchor_sha256 == anchor
    assert kept_bundle(kit.context.home, anchor) == done.opened
    assert own_bundle(kit.context, kit.tick()) == done.opened
    assert [path.name for path in kit.context.home.glob("trust*")] == [FILE]


def test_a_bundle_of_another_root_is_not_believed(
    kit: HouseKit, tmp_path_factory: pytest.TempPathFactory
) -> None:
    stranger = HouseKit.open(found_template(tmp_path_factory.mktemp("stranger")))
    (kit.context.home / FILE).write_bytes(export(stranger.context, kit.tick()).data)
    stranger.close()
    with pytest.raises(Refused, match="bundle_anchor_differs"):
        own_bundle(kit.context, kit.tick())
    with pytest.raises(Refused, match="bundle_anchor_differs"):
        kept_bundle(kit.context.home, kit.context.house.anchor_sha256)


def test_a_full_status_list_is_followed_by_a_new_one(
    open_kit: Callable[..., HouseKit], monkeypatch: pytest.MonkeyPatch
) -> None:
    kit = open_kit()
    monkeypatch.setattr(trust, "LIST_ROOM", 2)
    for _ in range(3):
        kit.desk.issue(Order(subject=FIRM))
    with kit.context.store.engine.connect() as connection:
        rows = connection.execute(text("SELECT status_list FROM reservations ORDER BY reserved_at"))
        assert [row.status_list for row in rows] == [1, 1, 2]
    lists = export(kit.context, kit.tick()).opened.bundle.status_lists
    assert lists == tuple(f"https://dz.example/status/{number}" for number in (1, 2, 3))
