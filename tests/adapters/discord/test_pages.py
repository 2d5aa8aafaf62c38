"""Earmark's messages on Discord: texts of any kind and length, shown letter for letter."""

import re
from dataclasses import replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from adapters.discord import pages
from adapters.discord.pages import CONTENT_UNITS, EMBED_UNITS, Rendered, destination_of, escape, escaped_units, render
from adapters.discord.places import Place, Ticket
from bot.chat import answer_layout
from bot.chat.pages import File, Mark, Page, Style
from bot.chat.platform import utf16_units
from bot.domain.billing import Plan
from bot.domain.money import Micros
from bot.domain.note import Answer, MediaRef, Note, Options, Progress, Refusal, Stage
from bot.domain.transcript import Segment, Transcript
from bot.rendering import text
from tests.helpers.discord_out import answer, said

CHANNEL = Place(channel=1, message=2, guild=3, asker=4)
OWN = replace(CHANNEL, guild=0, own=True)
ASIDE = replace(CHANNEL, ticket=Ticket("token", 0, private=True))
NOTE = Note(CHANNEL.key(5, "2"), "discord:4", MediaRef("attachment:6"), Options("whisper-base"), CHANNEL.details())
SHORT_OF_MONEY = Refusal("BudgetShort", {"price": 400_000, "available": 20_000})
FAMILY = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}\u200d\N{BOY}"
SENTENCE = "This is one of many sentences that somebody said. "
HOSTILE = [
    "<b>bold</b> & [masked](https://example.org) <https://example.org>",
    "*a* _b_ **c** __d__ ***e*** ~~f~~ ||g|| `h` ``i`` C:\\temp\\",
    "@everyone @here @Everyone <@1> <@!1> <@&2> <#3> </help:4> <id:guide> <:smile:5> <a:smile:6> <t:7:R>",
    ":smile: :+1: a:b:c: ::wave::skin-tone-2: 12:30:15 https://a.b/c_d_e",
    "# one\n## two\n-# small\n- three\n* four\n+ five\n1. six\n 12) seven\n> eight\n>>> nine\n  - ten",
    "```py\nprint(1)\n```",
    "\u202eright to left\u202c \u2066isolated\u2069",
    FAMILY * 30,
    "¯\\_(ツ)_/¯ \\",
    "\\*not\\* \\\\",
]
_MARKUP = re.compile(
    r"""
    \\(?P<sign>[^0-9A-Za-z\s])
    | (?P<mark>
        [*_~`|]{2,}|[*_`]|<[@#:/atid][^>\s]*>|<https?://[^>]*>|https?://\S|\]\(|@everyone|@here
        |:[\w+-]+:|^[^\S\n]*(?:[#>*+-]|-\#|\d+[.)])(?=\s|>|\#)
      )
    """,
    re.VERBOSE | re.MULTILINE,
)


def read(content: str) -> str:
    """Return the text as a user reads it. Fails if anything in it is more than the signs that it is made of."""

    def one(found: re.Match[str]) -> str:
        assert found["mark"] is None, f"{found['mark']!r} is markup"
        return found["sign"]

    return _MARKUP.sub(one, content)


def ways(note: Note, end: Answer) -> list[Rendered]:
    """The ways to show an answer, each in one message, as Discord gets them."""
    return [render(page) for [page] in answer_layout.answer(destination_of(note), note, end)]


def plain(words: str) -> Rendered:
    return render(pages.plain(words))


def placeholder(note: Note, progress: Progress | None) -> Rendered:
    return render(answer_layout.placeholder(destination_of(note), note, progress))


def refusal(note: Note, refused: Refusal) -> Rendered:
    return render(answer_layout.refusal(destination_of(note), refused))


def shown(page: Rendered) -> str:
    """The page as Discord takes it, and as a person reads it."""
    assert 1 <= utf16_units(page.content) <= CONTENT_UNITS
    assert utf16_units(page.embed) <= EMBED_UNITS
    return "\n".join(read(part.replace("**", "")) for part in (page.embed, page.content) if part)


def at(place: Place, **more: object) -> Note:
    """The note, elsewhere or otherwise."""
    return replace(NOTE, details=place.details(), **more)  # type: ignore[arg-type]  # the fields of Note


def first(transcript: Transcript, place: Place = CHANNEL, **more: object) -> Rendered:
    return ways(at(place), answer(transcript, **more))[0]


def two_speakers(turns: int, words: str = "Well.") -> Transcript:
    return said(*(Segment(words, float(i), i + 1.0, f"Speaker {i % 2 + 1}") for i in range(turns)))


@pytest.mark.parametrize("words", HOSTILE)
def test_what_was_said_is_read_as_it_was_said(words: str) -> None:
    assert read(escape(words)) == words
    assert escaped_units(words) >= utf16_units(escape(words))


@given(st.text(st.sampled_from("\\`*_~|<>#@:/[]()+-.! \n1aehn{}=&") | st.characters(codec="utf-8"), max_size=60))
@example("everyone@everyone")
@settings(max_examples=300)
def test_nothing_that_can_be_said_is_markup(words: str) -> None:
    clean = re.sub(r"[\x00-\x08\x0b-\x1f\x7f]", "", words.replace("\r\n", "\n"))
    assert read(escape(words)) == clean
    for at in range(0, len(words), 7):  # wherever it is cut
        assert escaped_units(words[:at]) + escaped_units(words[at:]) == escaped_units(words)
        assert escaped_units(words[at:]) >= utf16_units(escape(words[at:]))


def test_what_no_message_can_hold_is_left_out() -> None:
    assert escape("a\x00b\ud800c\r\nd\x1b[31m") == "abc\nd\\[31m"


def test_a_placeholder_says_how_far_a_note_is_and_by_which_model() -> None:
    assert read(placeholder(NOTE, None).content) == "Queued · whisper-base"
    progress = Progress(Stage.TRANSCRIBING, 0.428)
    assert read(placeholder(NOTE, progress).content) == "Transcribing… 42 % · whisper-base"
    german = placeholder(at(replace(CHANNEL, locale="de")), progress)
    assert read(german.content) == "Ich schreibe ab… 42 % · whisper-base"


def test_our_own_words_fit_into_a_message_however_many_they_are() -> None:
    assert shown(plain("It costs $1_000 *now*.")) == "It costs $1_000 *now*."
    assert utf16_units(plain("*" * 60_000).content) == CONTENT_UNITS
    assert shown(plain(SENTENCE * 100)).endswith("said.")
    assert [plain(words).content for words in ("", " \n", "\u2800\x00")] == ["…", "…", "…"]


def test_a_short_text_is_the_message_with_its_footer() -> None:
    page = first(said(text="Good *morning*."))
    assert shown(page) == "Good *morning*.\n\nEnglish · 0:16 · whisper-base"
    assert len(ways(NOTE, answer(said(text="Good morning.")))) == 1


def test_speakers_stand_out() -> None:
    names = {"Speaker 1": "Ada *1*"}
    page = first(two_speakers(2), names=names)
    assert page.content.startswith("**Ada \\*1\\*:** Well.\n\n**Speaker 2:** Well.\n\n")


def test_speakers_stand_out_only_where_there_is_room_for_it() -> None:
    sizes = {turns: first(two_speakers(turns)) for turns in range(80, 120)}
    in_content = [page for page in sizes.values() if not page.embed]
    assert {page.content.startswith("**") for page in in_content} == {True, False}
    for page in sizes.values():
        assert shown(page).startswith("Speaker 1: Well.")


@pytest.mark.parametrize("words", [SENTENCE, "x", "*", f"{FAMILY} "])
def test_a_longer_text_is_an_embed_and_a_longer_one_yet_a_file(words: str) -> None:
    per_word = utf16_units(escape(words))
    embedded = said(text=(words * (CONTENT_UNITS // per_word)).strip())
    found = ways(NOTE, answer(embedded))
    assert [(bool(way.embed), bool(way.file)) for way in found] == [(True, False), (False, True), (False, False)]
    assert read(found[0].embed) == text(embedded)
    assert read(found[0].content) == "English · 0:16 · whisper-base"
    filed = said(text=(words * (EMBED_UNITS // per_word + 1)).strip())
    found = ways(NOTE, answer(filed))
    assert [(bool(way.embed), bool(way.file)) for way in found] == [(False, True), (False, False)]
    assert found[0].file == File("transcript.txt", (text(filed) + "\n").encode())
    for way in found:
        beginning, _, ending = shown(way).partition("…\n\n")
        assert beginning
        assert text(filed).startswith(beginning)
        assert ending.endswith("English · 0:16 · whisper-base")
    assert "The whole text is in the file." in found[0].content
    assert "buttons" in found[1].content


def test_sixty_thousand_signs_without_a_blank_are_cut_somewhere() -> None:
    found = ways(NOTE, answer(said(text="`" * 60_000)))
    assert all(shown(way).startswith("````") for way in found)
    assert utf16_units(found[1].content) > CONTENT_UNITS - 3


@pytest.mark.parametrize("words", ["", "\u2800", "\u200b \u00ad", "\ufffc"])
def test_a_text_in_which_there_is_nothing_to_see_says_so(words: str) -> None:
    assert shown(first(said(text=words))).startswith("(There is no readable text in it.)")


@settings(max_examples=60, deadline=None)
@given(
    st.text(st.sampled_from("*_`\\:.-1 \na") | st.characters(codec="utf-8"), min_size=1, max_size=40),
    st.integers(1, 400),
    st.booleans(),
)
def test_every_way_fits_and_begins_with_what_was_said(words: str, times: int, many: bool) -> None:
    transcript = two_speakers(times, words) if many else said(text=words * times)
    for way in ways(NOTE, answer(transcript)):
        assert shown(way)


@pytest.mark.parametrize(("place", "left"), [(OWN, True), (ASIDE, True), (CHANNEL, False)])
def test_what_is_left_to_spend_is_told_where_its_owner_alone_reads_it(place: Place, left: bool) -> None:
    page = first(said(text="Yes."), place, charged=Micros(1234), plan=Plan.PREPAID, available=Micros(5_000_000))
    assert "$0.001234" in shown(page)
    assert ("$5.00 left" in shown(page)) is left
    assert ("$0.02" in shown(refusal(at(place), SHORT_OF_MONEY))) is left


def test_what_a_server_has_left_is_not_told_to_each_of_its_people() -> None:
    paid = answer(said(text="Yes."), charged=Micros(1234), plan=Plan.PREPAID, available=Micros(5_000_000))
    assert "left" not in shown(ways(at(ASIDE, payer="discord:server:3"), paid)[0])


def test_a_file_that_was_chosen_comes_before_the_ways_that_need_none() -> None:
    as_srt = replace(NOTE, media=MediaRef("6", "memo.ogg"), options=replace(NOTE.options, format="srt"))
    found = ways(as_srt, answer(said(text="Good morning.")))
    assert [way.file and way.file.name for way in found] == ["memo.srt", None]
    assert {shown(way) for way in found} == {"Good morning.\n\nEnglish · 0:16 · whisper-base"}
    long = ways(as_srt, answer(said(text=SENTENCE * 60)))
    assert [(bool(way.embed), bool(way.file)) for way in long] == [(False, True), (True, False), (False, False)]


def test_a_text_with_times_has_one_on_each_line() -> None:
    timed = replace(NOTE, options=replace(NOTE.options, format="times"))
    transcript = said(Segment("Hello.", 0, 1), Segment("Well.", 61, 62))
    assert shown(ways(timed, answer(transcript))[0]).startswith("[0:00] Hello.\n[1:01] Well.\n\n")


def test_a_time_is_each_readers_own_and_a_link_has_its_words_escaped() -> None:
    said = "• 2026-11-30 18:00 · *Good* [morning] · done"
    begin = said.index("*Good*")
    marks = (
        Mark(2, len("2026-11-30 18:00"), Style.TIME, "1796061600"),
        Mark(begin, len("*Good* [morning]"), Style.LINK, "https://discord.com/channels/1/2/3"),
    )
    shown = render(Page(said, marks)).content
    assert shown == (r"• <t:1796061600:f> · [\*Good\* \[morning\]](<https://discord.com/channels/1/2/3>) · done")


def test_marks_that_make_a_message_too_long_are_left_out_from_the_end() -> None:
    said = "word " * 390
    marks = tuple(Mark(5 * number, 4, Style.LINK, "https://discord.com/channels/1/2/3") for number in range(390))
    page = pages.fitting(Page(said.strip(), marks))
    assert page.text == said.strip()
    assert 0 < len(page.marks) < 5
    assert len(render(page).content) <= CONTENT_UNITS
