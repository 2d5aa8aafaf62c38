"""Files and links that are worth a try, by their senders' claims."""

import pytest

from bot.domain.file_types import is_ambiguous, is_sound, linked_sound
from bot.domain.note import claimed_bytes, claimed_seconds


@pytest.mark.parametrize(
    ("name", "mime", "is_taken"),
    [
        ("talk", "audio/x-whatever", True),
        ("film", "VIDEO/MP4", True),
        ("TALK.OGA", "application/octet-stream", True),
        ("talk.m4a", "", True),
        ("film.ts", "", True),
        ("talk.mp3", "text/plain", False),
        ("talk.mp3", "image/png", False),
        ("paper.pdf", "application/pdf", False),
        ("mp3", "", False),
        ("", "", False),
    ],
)
def test_a_file_is_sound_by_its_type_else_by_its_ending(name: str, mime: str, is_taken: bool) -> None:
    assert is_sound(name, mime) is is_taken


def test_programs_in_typescript_look_like_films() -> None:
    assert [is_ambiguous(name) for name in ("program.ts", "PROGRAM.MTS", "film.m2ts", "talk.ogg")] == [
        True,
        True,
        False,
        False,
    ]


@pytest.mark.parametrize(
    ("link", "name"),
    [
        ("https://example.org/a%20talk.ogg?x=1", "a talk.ogg"),
        (" HTTP://example.org/talk.mp3 ", "talk.mp3"),
        ("https://example.org", ""),
        ("https://example.org/" + "a" * 300, "a" * 200),
    ],
)
def test_a_link_has_the_name_of_its_file(link: str, name: str) -> None:
    found = linked_sound(link)
    assert found is not None
    assert (found.locator, found.name) == (link.strip(), name)


@pytest.mark.parametrize(
    "text", ["example.org/talk.mp3", "ftp://example.org/talk.mp3", "https://[", "https://x/" + "a" * 2048]
)
def test_what_is_no_link_to_the_web_leads_nowhere(text: str) -> None:
    assert linked_sound(text) is None


def test_sizes_and_lengths_that_cannot_be_are_left_out() -> None:
    assert [claimed_bytes(number) for number in (None, -1, 0, 5, 2**53)] == [None, None, 0, 5, None]
    assert [claimed_seconds(number) for number in (None, -0.5, 16.1, float("inf"), float("nan"))] == [
        None,
        None,
        16.1,
        None,
        None,
    ]
