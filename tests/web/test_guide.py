"""The guides: every topic in both languages, with the region's own days; every link leads somewhere."""

from __future__ import annotations

import pytest
from fastapi.testclient import TestClient

from api.http.pages.public.guide import TOPICS


@pytest.mark.parametrize("lang", ["zh", "en"])
@pytest.mark.parametrize("topic", TOPICS)
def test_each_guide_is_there(client: TestClient, topic: str, lang: str) -> None:
    answer = client.get(f"/guide/{topic}?lang={lang}")
    assert answer.status_code == 200
    assert "guide_" not in answer.text.split("<main")[1]
    assert ("怎么" in answer.text or "可以" in answer.text) == (lang == "zh")


def test_the_objection_guide_names_the_days_of_the_region(client: TestClient) -> None:
    assert "5 个工作日" in client.get("/guide/objection?lang=zh").text


def test_index_links_every_topic(client: TestClient) -> None:
    index = client.get("/guide").text
    assert all(f'href="/guide/{topic}"' in index for topic in TOPICS)


def test_unknown_guide_is_not_found(client: TestClient) -> None:
    assert client.get("/guide/../base").status_code == 404
    assert client.get("/guide/layout").status_code == 404
