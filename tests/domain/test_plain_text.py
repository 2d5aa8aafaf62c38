"""Text of others, cleaned of everything that a terminal or a spreadsheet would obey."""

import json
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.note import MediaRef
from bot.domain.plain_text import escaped, escaped_json, one_line, plain_lines
from bot.domain.transcript import Segment, Transcript, Word

ORDERS = "\x1b]52;c;cm0gLXJmIH4K\x1b\\\x1b[2J\x9b2J\x07\x00\x7f\u202e\u2066\ud800"
REORDERING = {chr(code) for code in (*range(0x202A, 0x202F), *range(0x2066, 0x206A))}


def obeyed(text: str) -> set[str]:
    """The characters that a terminal would obey, apart from line breaks and tabs."""
    return {one for one in text if unicodedata.category(one) in ("Cc", "Cs") or one in REORDERING} - set("\n\t")


@given(st.text(st.characters()))
def test_no_text_holds_an_order_once_it_was_cleaned(text: str) -> None:
    assert not obeyed(plain_lines(text))
    for line in (one_line(text), escaped(text)):
        assert not obeyed(line)
        assert len(line.splitlines()) <= 1
    assert json.loads(escaped_json(json.dumps(text, ensure_ascii=False))) == text
    assert not obeyed(escaped_json(json.dumps(text, ensure_ascii=False)))


def test_words_and_lines_of_every_script_stay() -> None:
    text = "Grüße, 世界!\n\tनमस्ते שלום 👩‍👩‍👧 café"
    assert plain_lines(text) == text
    assert one_line(text) == "Grüße, 世界! नमस्ते שלום 👩‍👩‍👧 café"
    assert plain_lines("a\r\nb\rc\u2028d\x85e") == "a\nb\nc\nd\ne"
    assert escaped("a\nb\x1b[2J") == "a\\u000ab\\u001b[2J"


@pytest.mark.parametrize("text", [ORDERS, f"{ORDERS}evil.ogg"])
def test_a_recording_s_name_holds_no_order_whichever_platform_it_comes_from(text: str) -> None:
    media = MediaRef("locator", name=text, mime=text)
    assert not obeyed(media.name + media.mime)
    assert MediaRef("locator", name="my  voice\nnote.ogg").name == "my voice note.ogg"


def test_a_transcript_holds_no_order_whichever_provider_it_comes_from() -> None:
    said = Transcript(f"a{ORDERS}\nb", "en", 1.0, "m", (Segment(ORDERS, 0, 1, ORDERS),), (Word(ORDERS, 0, 1, ORDERS),))
    (segment,), (word,) = said.segments, said.words
    assert not obeyed(f"{said.text}{segment.text}{segment.speaker}{word.text}{word.speaker}")
    assert said.text.endswith("\nb")
