"""Codes that people copy by hand: every slip is told from a code that nobody gave out."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain import grant_token
from domain.errors import MalformedInput
from domain.grant_token import TokenKind

secrets = st.binary(min_size=32, max_size=32)
kinds = st.sampled_from(TokenKind)
linked = st.sampled_from((TokenKind.GRANT, TokenKind.LIVE))


@given(kinds, secrets)
def test_a_token_is_read_back(kind: TokenKind, secret: bytes) -> None:
    token = grant_token.encode(kind, secret)
    assert token.startswith(kind.value)
    assert len(token) == 62
    assert grant_token.decode(kind, token) == secret


@given(linked, secrets, st.integers(1, 12))
def test_spellings_of_a_person_and_a_camera_are_one(kind: TokenKind, secret: bytes, group: int) -> None:
    token = grant_token.encode(kind, secret)
    spaced = " ".join(token[i : i + group] for i in range(0, len(token), group))
    link = f"HTTPS://DZ.EXAMPLE/OPEN#{grant_token.fragment(kind, secret)}"
    for text in (spaced, token.upper(), f"\n{token}\u200b ", link, link.lower(), link.rsplit("#", 1)[1]):
        assert grant_token.decode(kind, text) == secret


@given(kinds, secrets, st.integers(4, 61), st.sampled_from("abcdefghijklmnopqrstuvwxyz234567"))
def test_one_wrong_letter_is_a_slip(kind: TokenKind, secret: bytes, place: int, letter: str) -> None:
    token = grant_token.encode(kind, secret)
    changed = token[:place] + letter + token[place + 1 :]
    if changed == token:
        assert grant_token.decode(kind, changed) == secret
        return
    with pytest.raises(MalformedInput) as error:
        grant_token.decode(kind, changed)
    assert error.value.code == "grant_token_typo"


@given(kinds, st.text(max_size=200) | st.binary(max_size=200).map(lambda data: data.decode("latin-1")))
def test_any_text_is_a_token_or_malformed(kind: TokenKind, text: str) -> None:
    try:
        secret = grant_token.decode(kind, text)
    except MalformedInput as error:
        assert error.code.startswith("grant_token_")
    else:
        assert grant_token.decode(kind, grant_token.encode(kind, secret)) == secret


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("1234 5678 9012", "grant_token_verification_code"),
        ("1234-5678-9012", "grant_token_verification_code"),
        (grant_token.encode(TokenKind.LIVE, bytes(32)), "grant_token_kind"),
        ("https://dz.example/live#" + grant_token.fragment(TokenKind.LIVE, bytes(32)), "grant_token_kind"),
        ("dzg_", "grant_token_form"),
        ("", "grant_token_form"),
        ("dzg_" + "a" * 59, "grant_token_form"),
        ("a" * 1_000_000, "grant_token_form"),
    ],
)
def test_what_is_no_grant_code_says_what_it_is(text: str, code: str) -> None:
    with pytest.raises(MalformedInput) as error:
        grant_token.decode(TokenKind.GRANT, text)
    assert error.value.code == code


def test_a_code_of_one_kind_is_none_of_another() -> None:
    body = grant_token.encode(TokenKind.GRANT, bytes(32)).removeprefix("dzg_")
    with pytest.raises(MalformedInput):
        grant_token.decode(TokenKind.LIVE, "dzl_" + body)
