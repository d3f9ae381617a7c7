"""A stranger with a bundle asks the served house: what an operator changes is seen within a minute."""

from __future__ import annotations

import os
import socket
import time
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.web.service import served
from tests.world.world import World

SEEN_WITHIN = 60.0
STATUS = 11
"""Where the check stands in the visible order."""


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as found:
        return int(found.getsockname()[1])


@pytest.mark.slow
def test_a_revocation_is_seen_from_outside_within_a_minute(tmp_path: Path) -> None:
    port = free_port()
    world = World.build(tmp_path, host=f"127.0.0.1:{port}", penalties=0, subjects=8)
    world.settle_people()
    pdf = world.issue("clean")
    issued = datetime.now(UTC)  # nobody has asked for a list yet, and no worker runs
    bundle = world.export()
    content = world.content(pdf)
    before = os.environ.get("XDG_STATE_HOME")
    os.environ["XDG_STATE_HOME"] = str(tmp_path / "state")

    def outside(*words: str) -> dict[str, Any]:
        return world.commands.call(
            "verify", str(pdf), "--trust", str(bundle), "--online", *words, codes=(0, 1, 3)
        ).only

    try:
        with served(world, tmp_path / "log", "--port", str(port)):
            first = outside()
            assert (first["code"], first["sources"]["status_list"]["uri"]) == ("ok", content["status"]["uri"])
            valid_at = first["verified_at"]
            # Lists and verdicts name whole seconds: what changes within this one had changed by then.
            time.sleep(1.1)
            world.commands.call(
                "status", "set", content["number"], "revoked", "--reason", "数据有误", "--by", "孟信之"
            )
            changed = time.monotonic()
            while (seen := outside())["code"] != "revoked":
                assert time.monotonic() - changed < SEEN_WITHIN
                time.sleep(1)
            assert (seen["status"], seen["reason"]) == ("INVALID", "list_revoked")
            assert outside("--at", valid_at)["code"] == "ok", "then it was valid, and the lists say so"
            then = outside("--at", issued.isoformat())
            assert (then["code"], then["sources"]["status_list"]["version"]) == ("ok", 1)
            early = outside("--at", (issued - timedelta(days=1)).isoformat())
            assert (early["status"], early["checks"][STATUS]["reason"]) == (
                "INDETERMINATE", "status_list_none_then",
            )  # fmt: skip
        gone = outside()
        assert (gone["code"], gone["reason"]) == ("status_unavailable", "status_list_unreachable")
    finally:
        if before is None:
            del os.environ["XDG_STATE_HOME"]
        else:
            os.environ["XDG_STATE_HOME"] = before
