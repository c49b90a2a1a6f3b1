"""The words of a chat: what is kept, and how they are shown."""

from __future__ import annotations

import re
from html import unescape

import pytest
from hypothesis import given
from hypothesis import strategies as st

from corridor.ground.channels.chat import LONGEST_MESSAGE, check_words, linked
from corridor.ground.problems import Invalid, TooLarge


@given(st.text(max_size=300))
def test_shown_words_are_the_words(text: str) -> None:
    """Whatever is written, what is shown says the same, and the only markup in it is links and line breaks."""
    shown = str(linked(text))
    markup = re.findall(r"<[^>]*>", shown)
    assert all(
        re.fullmatch(
            r'<br>|</a>|<a href="https?://[^"<>\s]+" target="_blank" rel="noopener nofollow noreferrer ugc">', tag, re.IGNORECASE
        )
        for tag in markup
    )
    assert unescape(re.sub(r"<[^>]*>", "", shown.replace("<br>", "\n"))) == unescape(unescape_once(text))


def unescape_once(text: str) -> str:
    """Return the text as a reader of escaped text would have it."""
    return text.replace("&", "&amp;").replace("&amp;", "&")


@given(st.from_regex(r"(javascript|data|vbscript|file|ftp|//):[a-z/:.]{0,20}", fullmatch=True))
def test_other_schemes_are_no_links(text: str) -> None:
    """Only http and https addresses become links."""
    if "http" not in text:
        assert "<a" not in linked(text)


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("See https://example.com/a.", "https://example.com/a"),
        ("(https://example.com/a)", "https://example.com/a"),
        ("https://example.com/a_(b)", "https://example.com/a_(b)"),
        ("https://example.com/?a=1&b=2", "https://example.com/?a=1&amp;b=2"),
        ("ببینید: https://example.com/الف، بعد", "https://example.com/الف"),
        ('https://example.com/"onclick="x', "https://example.com/"),
    ],
)
def test_links_end_where_the_address_ends(text: str, address: str) -> None:
    """A full stop, a bracket or a quotation mark after an address is not part of it."""
    assert f'<a href="{address}"' in linked(text)


@given(st.text(max_size=200))
def test_kept_words_can_be_stored(text: str) -> None:
    """What is kept has no control characters and no broken letters, and is the same when it is checked again."""
    try:
        kept = check_words(text)
    except Invalid:
        return
    kept.encode("utf-8")
    assert "\x00" not in kept
    assert check_words(kept) == kept


def test_lengths() -> None:
    """A message may be as long as its limit and no longer."""
    assert check_words("x" * LONGEST_MESSAGE)
    with pytest.raises(TooLarge):
        check_words("x" * (LONGEST_MESSAGE + 1))
    with pytest.raises(Invalid):
        check_words("\ud800\x07 \n")
