"""Layout of texts within any place's limits: nothing is lost, nothing is too long, and speakers stand out."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bot.chat import answer_layout
from bot.chat.answer_layout import Way
from bot.chat.messages import Audience
from bot.chat.pages import Page, Style
from bot.chat.platform import Destination, Limits, utf16_units
from bot.domain.billing import Plan
from bot.domain.money import Micros
from bot.domain.note import Answer, MediaRef, Note, NoteKey, Options, Progress, Refusal, Stage
from bot.domain.transcript import Segment, Transcript
from bot.rendering import cut, is_readable, text

LIMITS = Limits(text=1000, caption=300, pages=3)
HERE = Destination("en", Audience.OWNER, LIMITS)
NOTE = Note(NoteKey("recorder", "1", "2", "3"), "recorder:4", MediaRef("file", "memo.ogg"), Options("whisper-base"))
FOOTER = "English · 0:16 · whisper-base"
SENTENCE = "This is one of many sentences. "


def said(*segments: Segment, text: str = "") -> Answer:
    whole = text or " ".join(segment.text for segment in segments)
    transcript = Transcript(whole, "en", 16.1, "whisper-base", segments or (Segment(whole, 0.0, 16.1),))
    return Answer(transcript, Micros(0), Plan.OPEN, Micros(0))


def two_speakers(turns: int, words: str = "Well.") -> Answer:
    return said(*(Segment(words, float(i), i + 1.0, f"Speaker {i % 2 + 1}") for i in range(turns)))


def ways(end: Answer, form: str = "text", **limits: object) -> list[Way]:
    to = replace(HERE, limits=replace(LIMITS, **limits))  # type: ignore[arg-type]  # the fields of Limits
    return answer_layout.answer(to, replace(NOTE, options=replace(NOTE.options, format=form)), end)


def kinds(found: list[Way]) -> list[str]:
    """The ways in short: "file", or the number of messages."""
    return ["file" if way[0].file else str(len(way)) for way in found]


def marked(page: Page, style: Style) -> list[str]:
    return [page.text[mark.begin : mark.begin + mark.length] for mark in page.marks if mark.style is style]


def with_stars(page: Page) -> int:
    """Count text as a platform does that marks bold by stars."""
    return len(page.text) + 4 * len(marked(page, Style.BOLD))


def test_a_text_with_room_beside_a_file_has_one_way() -> None:
    [[page]] = ways(said(text="Good morning."))
    assert page == Page(f"Good morning.\n\n{FOOTER}")


def test_a_longer_text_may_be_a_file_and_at_last_its_beginning() -> None:
    end = said(text=(SENTENCE * 20).strip())
    found = ways(end)
    assert kinds(found) == ["1", "file", "1"]
    [[whole], [file], [beginning]] = found
    assert marked(whole, Style.QUOTE) == [end.transcript.text]
    assert file.file is not None
    assert (file.file.name, file.file.data.decode()) == ("transcript.txt", end.transcript.text + "\n")
    for page, words in ((file, "The whole text is in the file."), (beginning, "The buttons below")):
        assert page.text.startswith(SENTENCE)
        assert words in page.text
        assert page.text.endswith(FOOTER)


def test_a_text_beyond_one_message_is_several_or_folded_or_a_file() -> None:
    end = said(text=(SENTENCE * 60).strip())
    several = ways(end)
    assert kinds(several) == ["2", "file", "1"]
    assert " ".join(marked(page, Style.QUOTE)[0] for page in several[0]) == end.transcript.text
    assert [page.text.endswith(FOOTER) for page in several[0]] == [False, True]
    folded = ways(end, pages=1, folded=4000)
    assert kinds(folded) == ["1", "file", "1"]
    assert folded[0][0].text == f"{end.transcript.text}\n\n{FOOTER}"
    assert marked(folded[0][0], Style.QUOTE) == [end.transcript.text]
    assert kinds(ways(end, pages=1)) == ["file", "1"]
    assert kinds(ways(said(text=SENTENCE * 200))) == ["file", "1"]


def test_where_no_file_can_be_there_is_one_way_and_it_says_how_to_get_all() -> None:
    [[short]] = ways(said(text="Good morning."), files=False, pages=1)
    assert short.text.startswith("Good morning.")
    [[long]] = ways(said(text=SENTENCE * 60), files=False, pages=1)
    assert "to get all of it" in long.text
    [[chosen]] = ways(said(text="Good morning."), "srt", files=False, pages=1)
    assert chosen.file is None


def test_a_file_that_was_chosen_comes_first_with_the_text_if_there_is_room() -> None:
    found = ways(said(text="Good morning."), "srt")
    assert kinds(found) == ["file", "1"]
    [[file], [plain]] = found
    assert file.file is not None
    assert file.file.name == "memo.srt"
    assert (file.text, plain.file) == (plain.text, None)
    assert kinds(ways(said(text=SENTENCE * 20), "docx")) == ["file", "1", "1"]


def test_speakers_are_bold_in_every_message_but_not_too_many() -> None:
    [several, *_] = ways(two_speakers(60))
    assert len(several) == 2
    for page in several:
        labels = marked(page, Style.BOLD)
        assert labels[0] in ("Speaker 1:", "Speaker 2:")
        assert len(labels) == page.text.count("Speaker ")
    [[few], *_] = ways(two_speakers(20), bold=5)
    assert len(marked(few, Style.BOLD)) == 5


def test_speakers_are_bold_only_if_there_is_room_for_that() -> None:
    pages = [ways(two_speakers(turns), measure=with_stars)[0][0] for turns in range(2, 60)]
    assert {bool(marked(page, Style.BOLD)) for page in pages if len(page.text) < 1000} == {True, False}
    assert all(with_stars(page) <= LIMITS.text for page in pages)


def test_a_text_with_times_has_no_bold_labels() -> None:
    [[page]] = ways(two_speakers(2), "times")
    assert page.text.startswith("[0:00] Speaker 1: Well.")
    assert page.marks == ()


@pytest.mark.parametrize("nothing", ["", "   ", "\u200b" * 5000, "\u2800\u2800"])
def test_a_text_in_which_nothing_can_be_seen_is_told_so(nothing: str) -> None:
    [[page]] = ways(said(text=nothing))
    assert page.text.startswith("(There is no readable text in it.)")


@settings(max_examples=80, deadline=None)
@given(
    st.text(st.sampled_from("*_`\\:.-1 \na\u200b\u0301\N{GRINNING FACE}") | st.characters(codec="utf-8"), max_size=40),
    st.integers(1, 200),
    st.booleans(),
    st.sampled_from([1, 3]),
    st.sampled_from([0, 3000]),
)
def test_every_way_fits(words: str, times: int, many: bool, pages: int, folded: int) -> None:
    end = two_speakers(times, words) if many else said(text=words * times)
    for number, way in enumerate(ways(end, pages=pages, folded=folded)):
        assert 1 <= len(way) <= pages
        for page in way:
            is_folded = number == 0 and folded and Style.QUOTE in [mark.style for mark in page.marks]
            limit = LIMITS.caption if page.file else folded + LIMITS.text if is_folded else LIMITS.text
            assert 1 <= utf16_units(page.text) <= limit
            assert all(0 <= mark.begin < mark.begin + mark.length <= len(page.text) for mark in page.marks)


def test_a_text_is_the_same_in_a_message_and_in_its_file() -> None:
    end = two_speakers(20, SENTENCE.strip())
    [[page], [file], *_] = ways(end)
    assert page.text.removesuffix(f"\n\n{FOOTER}") == text(end.transcript)
    assert file.file is not None
    assert file.file.data.decode() == text(end.transcript) + "\n"


def test_our_own_words_fit_into_a_message_and_are_never_nothing() -> None:
    assert answer_layout.plain("Good.", LIMITS).text == "Good."
    assert answer_layout.plain(SENTENCE * 100, LIMITS).text.endswith("sentences.")
    assert [answer_layout.plain(words, LIMITS).text for words in ("", " \n", "\u2800")] == ["…", "…", "…"]


@given(st.text(st.sampled_from("A1ж.* \n\u0301\u115f\u3164😀"), max_size=700))
@settings(max_examples=200)
def test_short_words_of_ours_stand_there_as_if_they_were_cut(words: str) -> None:
    first = next(iter(cut(words, LIMITS.text, LIMITS.length)), "")
    assert answer_layout.plain(words, LIMITS).text == (first if is_readable(first) else "…")


def test_money_is_told_to_its_owner_alone() -> None:
    priced = Progress(Stage.TRANSCRIBING, price=Micros(20_000))
    short = Refusal("BudgetShort", {"price": 400_000, "available": 20_000})
    customers = replace(HERE, audience=Audience.CUSTOMERS)
    assert "$0.02" in answer_layout.placeholder(HERE, NOTE, priced).text
    assert "$" not in answer_layout.placeholder(customers, NOTE, priced).text
    assert (
        answer_layout.refusal(HERE, short).text
        == "This would cost $0.40, and $0.02 is left to spend. Top up, or send less."
    )
    assert "$" not in answer_layout.refusal(customers, short).text


def test_the_text_so_far_stands_below_its_progress_and_says_that_it_may_change() -> None:
    heard = Progress(Stage.TRANSCRIBING, 0.4, heard="Good morning, all of you.")
    assert answer_layout.placeholder(HERE, NOTE, heard).text == (
        "Transcribing… 40 % · whisper-base\n\nSo far (this may still change):\n\nGood morning, all of you."
    )


@given(st.text(st.sampled_from("ab ж*_\U0001f600"), min_size=1, max_size=900), st.integers(60, 2_000))
def test_of_a_long_text_so_far_the_end_is_shown_as_far_as_it_fits(words: str, limit: int) -> None:
    to = replace(HERE, limits=replace(LIMITS, text=limit))
    page = answer_layout.placeholder(to, NOTE, Progress(Stage.TRANSCRIBING, 0.4, heard=words))
    assert to.limits.measure(page) <= limit
    assert page.text.startswith("Transcribing… 40 %")
    _, is_shown, end = page.text.partition("may still change):\n\n")
    if is_shown:
        assert words.rstrip().endswith(end.removeprefix("… "))


def test_a_further_message_says_which_it_is_before_its_text_is_there() -> None:
    assert answer_layout.part(HERE, 1, 1).text == "…"
    assert "2" in answer_layout.part(HERE, 2, 3).text


def test_files_are_called_like_the_recording() -> None:
    assert answer_layout.title_of("en", NOTE) == "memo"
    assert answer_layout.title_of("en", replace(NOTE, media=MediaRef("file"))) == "transcript"
