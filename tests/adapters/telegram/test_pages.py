"""Earmark's messages on Telegram: texts of any kind and length, as Telegram takes them."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from telegram import MessageEntity

from adapters.telegram import pages
from adapters.telegram.pages import CAPTION_UNITS, MOST_PAGES, TEXT_UNITS, destination_of
from adapters.telegram.places import Place
from bot.chat import answer_layout
from bot.chat.answer_layout import Way
from bot.chat.pages import File, Page
from bot.chat.platform import utf16_units
from bot.domain.billing import Plan
from bot.domain.money import Micros
from bot.domain.note import Answer, MediaRef, Note, Options, Progress, Refusal, Stage
from bot.domain.plain_text import plain_lines
from bot.domain.transcript import Segment, Transcript
from bot.rendering import text
from tests.doubles.telegram.text import Marked, marked, part
from tests.helpers.telegram_out import answer, said
from tests.helpers.waits import BUSY, BUSY_WORDS

HERE = Place(chat=1, message=2, asker=1)
GROUP = replace(HERE, chat=-4, private=False)
BUSINESS = replace(HERE, chat=5, business="connection")
GUEST = replace(HERE, chat=0, guest="query")
NOTE = Note(HERE.key(3), "telegram:1", MediaRef("file"), Options("whisper-base"), HERE.details())
SHORT_OF_MONEY = Refusal("BudgetShort", {"price": 400_000, "available": 20_000})
FAMILY = "\N{MAN}\u200d\N{WOMAN}\u200d\N{GIRL}\u200d\N{BOY}"
SENTENCE = "This is one of many sentences that somebody said. "


def shown(page: Page, limit: int = TEXT_UNITS) -> Marked:
    """The page as Telegram takes it, and refuses it if it is not right."""
    kept = marked(page.text, "", [entity.to_dict() for entity in pages.entities(page)], limit, "too long")
    assert kept.text
    return kept


def covered(page: Page, kind: str) -> list[str]:
    kept = shown(page)
    return [part(kept.text, entity) for entity in kept.entities if entity["type"] == kind]


def two_speakers(turns: int, words: str = "Well. ") -> Transcript:
    return said(*(Segment(words.strip(), float(i), i + 1.0, f"Speaker {i % 2 + 1}") for i in range(turns)))


def placeholder(progress: Progress | None, place: Place = HERE) -> str:
    return answer_layout.placeholder(destination_of(place), NOTE, progress).text


def refusal(place: Place, refused: Refusal) -> str:
    return answer_layout.refusal(destination_of(place), refused).text


def ways(place: Place, end: Answer, form: str = "text", name: str = "") -> list[Way]:
    note = replace(NOTE, media=MediaRef("file", name), options=replace(NOTE.options, format=form))
    return answer_layout.answer(destination_of(place), note, end)


def answer_pages(place: Place, end: Answer, form: str = "text") -> Way:
    """The answer as messages without a file; none where it is too long for them."""
    best = ways(place, end, form)[0]
    return () if best[0].file else best


def with_file(place: Place, end: Answer, form: str = "text", name: str = "") -> Page:
    """The answer as a file, and what stands under it."""
    [page] = next(way for way in ways(place, end, form, name) if way[0].file)
    return page


def single_page(place: Place, end: Answer) -> Page:
    [[page]] = ways(replace(place, guest="query"), end)
    return page


def show_all(place: Place, end: Answer) -> None:
    """All ways to show an answer are taken by Telegram."""
    for way in ways(place, end):
        for page in way:
            shown(page, CAPTION_UNITS if page.file else TEXT_UNITS)


def footer(page: Page) -> str:
    return page.text.rpartition("\n\n")[2]


def test_a_placeholder_says_how_far_a_note_is_and_by_which_model() -> None:
    assert placeholder(None) == "Queued · whisper-base"
    assert placeholder(Progress(Stage.QUEUED)) == "Queued · whisper-base"
    assert placeholder(Progress(Stage.QUEUED, place=1)) == "Queued, next in line · whisper-base"
    assert placeholder(Progress(Stage.QUEUED, place=2)) == "Queued, 1 recording ahead · whisper-base"
    assert placeholder(Progress(Stage.QUEUED, place=4)) == "Queued, 3 recordings ahead · whisper-base"
    assert placeholder(Progress(Stage.TRANSCRIBING)) == "Transcribing… · whisper-base"
    assert placeholder(Progress(Stage.TRANSCRIBING, 0.428)) == "Transcribing… 42 % · whisper-base"


@pytest.mark.parametrize("stage", list(Stage))
def test_every_stage_has_its_words(stage: Stage) -> None:
    assert placeholder(Progress(stage, wait=BUSY, price=Micros(1)))


def test_a_note_that_waits_says_why_and_one_that_asks_says_its_price() -> None:
    assert placeholder(Progress(Stage.WAITING, wait=BUSY)) == BUSY_WORDS
    assert "$0.35" in placeholder(Progress(Stage.ASKING, price=Micros(350_000)))


def test_a_short_text_is_plain_and_a_long_one_is_folded_up() -> None:
    [short] = answer_pages(HERE, answer(said(text="Good morning.")))
    assert shown(short) == Marked("Good morning.\n\nEnglish · 0:16 · whisper-base")
    long = (SENTENCE * 20).strip()
    [page] = answer_pages(HERE, answer(said(text=long)))
    assert covered(page, MessageEntity.EXPANDABLE_BLOCKQUOTE) == [long]


@pytest.mark.parametrize(
    ("plan", "charged", "available", "says"),
    [
        (Plan.PREPAID, 20_000, 4_980_000, " · $0.02 · $4.98 left"),
        (Plan.ALLOWANCE, 3_500, 0, " · $0.0035 · $0.00 left"),
        (Plan.PREPAID, 0, 5_000_000, ""),
        (Plan.OPEN, 20_000, 0, " · $0.02 counted"),
        (Plan.OPEN, 0, 0, ""),
    ],
)
def test_the_cost_stands_under_a_text(plan: Plan, charged: int, available: int, says: str) -> None:
    end = answer(said(text="Hi."), plan=plan, charged=Micros(charged), available=Micros(available))
    [page] = answer_pages(HERE, end)
    assert footer(page) == f"English · 0:16 · whisper-base{says}"


@pytest.mark.parametrize("place", [GROUP, GUEST], ids=["group", "guest"])
def test_what_is_left_is_nobody_elses_business(place: Place) -> None:
    end = answer(said(text="Hi."), plan=Plan.PREPAID, charged=Micros(20_000), available=Micros(4_980_000))
    for page in (*answer_pages(place, end), single_page(place, end)):
        assert footer(page) == "English · 0:16 · whisper-base · $0.02"


@pytest.mark.parametrize("plan", list(Plan))
@pytest.mark.parametrize("charged", [20_000, 0])
def test_a_business_accounts_customer_reads_nothing_of_money(plan: Plan, charged: int) -> None:
    end = answer(said(text=SENTENCE * 400), plan=plan, charged=Micros(charged), available=Micros(4_980_000))
    page = with_file(BUSINESS, end)
    assert footer(page) == "The whole text is in the file.\nEnglish · 0:16 · whisper-base"


@pytest.mark.parametrize("place", [GROUP, GUEST, BUSINESS], ids=["group", "guest", "business"])
def test_a_refusal_tells_what_is_left_in_the_own_chat_alone(place: Place) -> None:
    assert refusal(HERE, SHORT_OF_MONEY) == "This would cost $0.40, and $0.02 is left to spend. Top up, or send less."
    elsewhere = refusal(place, SHORT_OF_MONEY)
    assert elsewhere == "This costs more than is left to spend. See /balance."
    today = Refusal("DayShort", {"price": 400_000, "left": 20_000})
    assert refusal(HERE, today).startswith("This would cost $0.40, and $0.02 of today's allowance is left.")
    assert "$" not in refusal(place, today)
    other = Refusal("NoSound")
    assert refusal(place, other) == "This file has no sound track. Please send one with sound."


def test_speakers_stand_out_by_the_names_they_were_given() -> None:
    transcript = said(
        Segment("Hello \N{EARTH GLOBE EUROPE-AFRICA}.", 0, 1, "Speaker 1"),
        Segment("Ada: hi.", 1, 2, "Speaker 2"),
        Segment("Bye.", 2, 3, "Speaker 1"),
    )
    [page] = answer_pages(HERE, answer(transcript, names={"Speaker 1": "Ada"}))
    assert page.text.startswith("Ada: Hello \N{EARTH GLOBE EUROPE-AFRICA}.\n\nSpeaker 2: Ada: hi.\n\nAda: Bye.")
    assert covered(page, MessageEntity.BOLD) == ["Ada:", "Speaker 2:", "Ada:"]


def test_speakers_stand_out_in_every_message_and_never_too_many() -> None:
    transcript = two_speakers(300, SENTENCE)
    several = answer_pages(HERE, answer(two_speakers(120, SENTENCE)))
    assert len(several) > 1
    for page in several:
        labels = covered(page, MessageEntity.BOLD)
        assert labels[0] in ("Speaker 1:", "Speaker 2:")
        assert page.text.startswith(labels[0])
        assert len(labels) == page.text.count("Speaker ")
    crowded = answer_pages(HERE, answer(two_speakers(150)))
    assert all(len(pages.entities(page)) <= 91 for page in crowded)
    assert answer_pages(HERE, answer(transcript)) == ()


def test_a_long_text_is_cut_at_sentences_and_the_last_message_has_the_footer() -> None:
    whole = (SENTENCE * 200).strip()
    several = answer_pages(HERE, answer(said(text=whole)))
    assert len(several) == 3
    assert " ".join(covered(page, MessageEntity.EXPANDABLE_BLOCKQUOTE)[0] for page in several) == whole
    assert [page.text.endswith("whisper-base") for page in several] == [False, False, True]
    assert all(page.text.endswith("said.") for page in several[:-1])


def test_a_text_beyond_three_messages_is_a_file_whose_caption_begins_it() -> None:
    end = answer(said(text=SENTENCE * 400))
    assert answer_pages(HERE, end) == ()
    caption = with_file(HERE, end)
    kept = shown(caption, CAPTION_UNITS)
    assert kept.text.startswith(SENTENCE * 10)
    assert "The whole text is in the file." in kept.text
    assert footer(caption).endswith("whisper-base")
    assert caption.file == File("transcript.txt", ((SENTENCE * 400).strip() + "\n").encode())


def test_a_text_with_times_has_one_on_each_line_and_its_speakers_where_they_change() -> None:
    transcript = said(
        Segment("Hello.", 0, 1, "Speaker 1"), Segment("Well.", 61, 62, "Speaker 1"), Segment("Yes.", 3700, 3701, "Ada")
    )
    [page] = answer_pages(HERE, answer(transcript), "times")
    assert shown(page).text.startswith("[0:00] Speaker 1: Hello.\n[1:01] Well.\n\n[1:01:40] Ada: Yes.\n\nEnglish")
    long = said(*(Segment(SENTENCE.strip(), float(number), number + 1.0) for number in range(200)))
    several = answer_pages(HERE, answer(long), "times")
    assert len(several) == MOST_PAGES
    assert all(shown(page).text.startswith("[") for page in several)


def test_a_file_that_was_chosen_has_the_text_beside_it_where_there_is_room() -> None:
    short, long = answer(said(text="Good morning.")), answer(said(text=SENTENCE * 100))
    page = with_file(HERE, short, "srt", "memo.ogg")
    assert page == ways(HERE, short, "srt", "memo.ogg")[0][0]
    assert page.file is not None
    assert page.file.name == "memo.srt"
    assert page.file.data.startswith(b"1\n00:00:00,000 --> ")
    assert shown(page).text == "Good morning.\n\nEnglish · 0:16 · whisper-base"
    assert "The whole text is in the file." in shown(with_file(HERE, long, "srt"), CAPTION_UNITS).text


def test_a_business_accounts_customer_does_not_read_the_price_while_it_is_worked_on() -> None:
    priced = Progress(Stage.TRANSCRIBING, price=Micros(20_000))
    assert placeholder(priced) == "Transcribing… · whisper-base · at most $0.02"
    assert placeholder(priced, BUSINESS) == "Transcribing… · whisper-base"


def test_a_guest_gets_one_message_and_is_told_how_to_get_all_of_it() -> None:
    assert single_page(HERE, answer(said(text="Hi."))).text.startswith("Hi.\n\n")
    page = single_page(HERE, answer(said(text=SENTENCE * 100)))
    assert "to get all of it" in shown(page).text


HOSTILE = {
    "html": "<b>bold</b> &amp; <a href='tg://user?id=1'>you</a> </blockquote>",
    "markdown": "_under_ *star* `code` [link](http://x) ||spoiler|| \\_",
    "everyone": "@everyone @here /start#tag https://example.com",
    "right to left": "\u05d0\u05d1\u200f \u0627\u0644\u0644\u0647 \u2067isolated\u2069 \u200emark",
    "families": f"{FAMILY} " * 700,
    "no blanks": "a" * 12_000,
    "wide, no blanks": "\N{GRINNING FACE}" * 5_000,
    "a name with a colon": "Speaker 1: Speaker 2: : :",
    "braces": "{name} {0} %s $HOME",
}


@pytest.mark.parametrize("words", HOSTILE.values(), ids=HOSTILE.keys())
def test_what_was_said_arrives_as_it_was_said(words: str) -> None:
    end = answer(said(text=words))
    several = answer_pages(HERE, end)
    assert 1 <= len(several) <= MOST_PAGES
    kept = [shown(page) for page in several]
    assert all(one.text == page.text for one, page in zip(kept, several, strict=True))
    heard = "".join(one.text for one in kept).removesuffix("English · 0:16 · whisper-base")
    assert "".join(heard.split()) == "".join(plain_lines(words).split())


def test_sixty_thousand_characters_without_a_blank_are_a_file() -> None:
    end = answer(said(text="x" * 60_000))
    assert answer_pages(HERE, end) == ()
    show_all(HERE, end)
    shown(single_page(HERE, end))


def test_halves_of_characters_are_left_out() -> None:
    [page] = answer_pages(HERE, answer(said(text="a\ud83d b\udc00 c")))
    assert shown(page).text.startswith("a b c\n")


@pytest.mark.parametrize("nothing", ["   ", "\u200b", "\u2800\u2800", "\u202e\u200f \u3000"])
def test_a_text_in_which_nothing_can_be_seen_is_told_so(nothing: str) -> None:
    for page in (
        *answer_pages(HERE, answer(said(text=nothing))),
        single_page(HERE, answer(said(text=nothing))),
    ):
        assert "no readable text in it" in shown(page).text
    show_all(HERE, answer(said(text=nothing * 9000)))
    shown(single_page(HERE, answer(said(text=nothing * 9000))))


SPEAKERS = st.sampled_from([None, "A", "B: ", "\N{GRINNING FACE}"])
MARKS = st.text(st.characters() | st.sampled_from(f"{FAMILY}\u200b\u202e\u0301\n\t\x00_<&@ "), max_size=40)


@settings(max_examples=150, deadline=None)
@given(
    st.lists(st.tuples(MARKS, st.sampled_from([None, "A", "B: ", "\N{GRINNING FACE}"])), max_size=8),
    st.integers(1, 400),
)
def test_telegram_takes_every_message_whatever_was_said(parts: list[tuple[str, str | None]], times: int) -> None:
    segments = tuple(Segment(words * times, i, i + 1, who) for i, (words, who) in enumerate(parts))
    end = answer(said(*segments), names={"A": "\N{EARTH GLOBE EUROPE-AFRICA} A"})
    for page in answer_pages(HERE, end):
        shown(page)
    shown(single_page(HERE, end))
    show_all(HERE, end)


@given(MARKS, st.integers(1, 300))
def test_plain_words_of_any_kind_fit_into_a_message(words: str, times: int) -> None:
    assert utf16_units(pages.plain(words * times).text) <= TEXT_UNITS


def test_a_text_is_the_same_in_messages_and_in_its_file() -> None:
    transcript = two_speakers(8, SENTENCE)
    [page] = answer_pages(HERE, answer(transcript))
    assert page.text.rpartition("\n\n")[0] == text(transcript)
