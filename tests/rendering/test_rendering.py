"""Transcripts as people and programs see them: nothing lost, nothing invented, nothing taken for markup."""

import html
import io
import json
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import pairwise

import pysubs2
import pytest
import regex
from docx import Document
from hypothesis import given, settings
from hypothesis import strategies as st

from bot import rendering
from bot.chat.platform import utf16_units
from bot.domain.money import Micros
from bot.domain.transcript import Segment, Transcript, Word

FAMILY = "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466"
HOSTILE = [
    "a --> b",
    "00:00:01,000 --> 00:00:02,000",
    "<b>bold</b> <i> < i >",
    "{\\an8}up {\\p1}m 0 0{\\p0} {plain}",
    "line\\Nbreak \\n and \\h blank \\",
    "AT&T &amp; &lt;b&gt;",
    "NOTE this is no comment",
    "WEBVTT",
    "STYLE ::cue { color: red }",
    "one\n\ntwo\r\nthree\u2028four",
    "2024",
    "twenty twenty four is the year that everybody wrote as\n2024",
    "<v Mallory>me</v> <00:00:01.000>",
    "nul\x00 bell\x07 half\ud800 escape\x1b[31m",
    f"{FAMILY} שלום עולם",
]


def said(*segments: tuple[str | None, str] | str, language: str = "en", words: tuple[Word, ...] = ()) -> Transcript:
    """A transcript of these segments, four seconds each."""
    parts = [part if isinstance(part, tuple) else (None, part) for part in segments]
    made = tuple(Segment(text, 4.0 * at, 4.0 * at + 4, who) for at, (who, text) in enumerate(parts))
    return Transcript(" ".join(part.text for part in made), language, 4.0 * len(made), "whisper-base", made, words)


def shown(text: str) -> str:
    """As a text must come out again: in one line, without what nobody can see."""
    return " ".join("".join(mark for mark in text if mark not in "\x00\x07\x1b\ud800").split())


TALK = said(("Speaker 1", "Hello."), ("Speaker 1", "How are you?"), ("Speaker 2", "Fine."), ("Speaker 1", "Good."))


class TestText:
    def test_turns_are_paragraphs_with_labels(self) -> None:
        assert rendering.text(TALK) == "Speaker 1: Hello. How are you?\n\nSpeaker 2: Fine.\n\nSpeaker 1: Good."

    def test_one_voice_bears_no_label(self) -> None:
        assert rendering.text(said(("Speaker 1", "Hello."), ("Speaker 1", "Bye."))) == "Hello. Bye."
        assert rendering.text(said("Hello.", "Bye.")) == "Hello. Bye."

    def test_a_label_in_the_text_is_not_doubled(self) -> None:
        labelled = said(("Speaker 1", "Speaker 1: Hello."), ("Speaker 2", "Speaker 2: Fine."))
        assert rendering.text(labelled) == "Speaker 1: Hello.\n\nSpeaker 2: Fine."
        assert rendering.text(labelled, {"Speaker 1": "Ada"}) == "Ada: Hello.\n\nSpeaker 2: Fine."

    def test_a_text_may_speak_of_speakers(self) -> None:
        assert rendering.text(said("Speaker 1: is the title.")) == "Speaker 1: is the title."

    def test_speakers_are_renamed(self) -> None:
        assert rendering.text(TALK, {"Speaker 1": "Ada", "Speaker 2": "Bob\nRoss"}).startswith("Ada: Hello.")
        assert "Bob Ross: Fine." in rendering.text(TALK, {"Speaker 2": "Bob\nRoss"})

    def test_two_speakers_with_one_name_are_one_voice(self) -> None:
        assert rendering.text(TALK, {"Speaker 2": "Speaker 1"}) == "Hello. How are you? Fine. Good."

    def test_languages_without_blanks_get_none(self) -> None:
        assert rendering.text(said("你好。", "世界。", language="zh")) == "你好。世界。"
        assert rendering.text(said("OK", "Google", language="zh")) == "OK Google"

    def test_long_speech_gets_a_paragraph_at_a_pause(self) -> None:
        parts = (
            Segment("A. " * 120, 0, 60),
            Segment("Without a pause.", 60.5, 62),
            Segment("After a pause.", 65, 66),
        )
        assert rendering.text(Transcript("", "en", 66, "m", parts)).endswith("Without a pause.\n\nAfter a pause.")

    def test_short_speech_gets_no_paragraphs(self) -> None:
        parts = (Segment("Well.", 0, 1), Segment("Yes.", 9, 10))
        assert rendering.text(Transcript("", "en", 10, "m", parts)) == "Well. Yes."

    def test_a_provider_that_gives_no_segments_loses_no_text(self) -> None:
        assert rendering.text(Transcript("All there is.", "en", 3.0, "m", ())) == "All there is."

    def test_nothing_said_is_nothing(self) -> None:
        assert rendering.text(said()) == rendering.srt(said()) == ""
        assert rendering.chat(said("  ", "\n"), 100) == []

    @pytest.mark.parametrize(
        ("seconds", "shown"),
        [(0, "0:00"), (5.99, "0:05"), (754, "12:34"), (3723, "1:02:03"), (360_000, "100:00:00"), (-1, "0:00")],
    )
    def test_moments_for_people(self, seconds: float, shown: str) -> None:
        assert rendering.timestamp(seconds) == shown


class TestChat:
    def test_what_fits_is_one_piece(self) -> None:
        assert rendering.chat(TALK, 100) == [rendering.text(TALK)]

    def test_a_piece_that_goes_on_bears_no_label(self) -> None:
        talk = said(("Speaker 1", "One two three four. Five six seven eight."), ("Speaker 2", "No."))
        assert rendering.chat(talk, 32) == [
            "Speaker 1: One two three four.",
            "Five six seven eight.",
            "Speaker 2: No.",
        ]

    @pytest.mark.parametrize("limit", range(24, 60))
    def test_a_label_never_stands_without_a_word_of_its_turn(self, limit: int) -> None:
        for piece in rendering.chat(TALK, limit):
            assert not re.search(r"Speaker( \d:?)?$", piece)
            assert len(piece) <= limit
        assert " ".join(rendering.chat(TALK, limit)).split() == rendering.text(TALK).split()


LETTERS = st.sampled_from([*"ab.,!?-'éЖ你。أ", FAMILY, "e\u0301\u0323", "\U0001f1e9\U0001f1ea", "\u200f"])
WORDS = st.lists(LETTERS, min_size=1, max_size=30).map("".join)
TEXTS = st.lists(st.tuples(WORDS, st.sampled_from([" ", "  ", "\n", "\n\n", "\u00a0"]))).map(
    lambda parts: "".join(word + blank for word, blank in parts)
)


def squeezed(text: str) -> str:
    return "".join(text.split())


class TestCut:
    @given(TEXTS | st.text(max_size=300), st.integers(2, 60), st.sampled_from([len, utf16_units]))
    def test_nothing_is_lost_and_every_piece_fits(self, text: str, limit: int, length: rendering.Length) -> None:
        pieces = rendering.cut(text, limit, length)
        assert all(0 < length(piece) <= limit for piece in pieces)
        assert squeezed("".join(pieces)) == squeezed(text)

    @given(st.lists(st.text(st.sampled_from("abéЖ.👍"), min_size=1, max_size=12)), st.integers(24, 60))
    def test_words_that_fit_stay_whole(self, words: list[str], limit: int) -> None:
        assert " ".join(rendering.cut(" ".join(words), limit, utf16_units)).split() == words

    @given(TEXTS, st.integers(16, 60))
    def test_graphemes_that_fit_stay_whole(self, text: str, limit: int) -> None:
        whole = [grapheme for grapheme in regex.findall(r"\X", text) if not grapheme.isspace()]
        pieces = rendering.cut(text, limit)
        found = [grapheme for piece in pieces for grapheme in regex.findall(r"\X", piece) if not grapheme.isspace()]
        assert found == whole

    def test_a_paragraph_is_the_best_place_then_a_sentence_then_a_word(self) -> None:
        assert rendering.cut("One two. Three\n\nfour five. Six seven", 26) == ["One two. Three", "four five. Six seven"]
        assert rendering.cut("One two. Three four. Five six", 26) == ["One two. Three four.", "Five six"]
        assert rendering.cut("one two three four five six", 26) == ["one two three four five", "six"]

    def test_a_sentence_may_end_in_a_quote_or_another_script(self) -> None:
        assert rendering.cut('He said: "Go." Then he went', 20) == ['He said: "Go."', "Then he went"]
        assert rendering.cut("我们今天去学校。他们明天去公园", 12) == ["我们今天去学校。", "他们明天去公园"]

    def test_a_good_place_does_not_waste_half_a_piece(self) -> None:
        assert rendering.cut("Oh.\n\n" + "word " * 10, 30)[0] == "Oh.\n\nword word word word word"

    @pytest.mark.parametrize("unit", ["x", FAMILY, "e\u0301", "word ", "שלום ", "你好", " "])
    def test_long_text_takes_no_time(self, unit: str) -> None:
        text = unit * (60_000 // len(unit))
        began = time.thread_time()
        pieces = rendering.cut(text, 4096, utf16_units)
        assert time.thread_time() - began < 2
        assert squeezed("".join(pieces)) == squeezed(text)
        assert len(pieces) <= utf16_units(text) / 4096 * 1.1 + 1

    def test_a_single_grapheme_beyond_the_limit_is_cut_at_last(self) -> None:
        zalgo = "z" + "\u0301" * 99
        assert [len(piece) for piece in rendering.cut(zalgo, 40)] == [40, 40, 20]

    def test_a_limit_below_one_character_is_refused(self) -> None:
        with pytest.raises(ValueError, match="less than one character"):
            rendering.cut("👍", 1, utf16_units)

    @given(st.text())
    def test_utf16_units_are_those_of_utf16(self, text: str) -> None:
        assert utf16_units(text) == len(text.encode("utf-16-le", "surrogatepass")) // 2


@dataclass(frozen=True)
class Cue:
    start: int
    end: int
    lines: list[str]


def strict(document: str, separator: str) -> list[Cue]:
    """Cues as a strict reader takes them: a number, a time, one or two lines, an empty line."""
    stamp = rf"(\d\d):(\d\d):(\d\d){re.escape(separator)}(\d{{3}})"
    cues = []
    for number, block in enumerate((block for block in document.split("\n\n") if block.strip()), start=1):
        first, times, *lines = block.strip("\n").split("\n")
        assert first == str(number)
        found = re.fullmatch(f"{stamp} --> {stamp}", times)
        assert found
        moments = [int(part) for part in found.groups()]
        start, end = (((h * 60 + m) * 60 + s) * 1000 + ms for h, m, s, ms in (moments[:4], moments[4:]))
        assert not any("-->" in line for line in lines)
        cues.append(Cue(start, end, lines))
    return cues


def assert_sound(cues: list[Cue], seen: Callable[[str], str]) -> None:
    for cue in cues:
        assert 0 < cue.end - cue.start <= 7000
        assert 1 <= len(cue.lines) <= 2
        assert all(line.strip() and len(line) <= 42 for line in map(seen, cue.lines))
    assert all(before.end <= after.start for before, after in pairwise(cues))


def visible(line: str) -> str:
    """Return the visible text of a line of SRT."""
    return line.replace("\u2060", "")


def visible_in_vtt(line: str) -> str:
    """Return the visible text of a line of WebVTT."""
    return html.unescape(visible(re.sub(r"<v [^>]*>", "", line)))


def read_by_another(document: str, form: str) -> str:
    """The text of subtitles as pysubs2 reads them, without labels, line breaks and blanks."""
    seen = visible_in_vtt if form == "vtt" else visible
    events = pysubs2.SSAFile.from_string(document, form, keep_html_tags=form == "vtt")
    lines = [seen(line) for event in events for line in event.text.split("\\N")]
    return squeezed("".join(re.sub(r"^[AB]: ", "", line) for line in lines))


LONG = "It was the best of times, it was the worst of times, it was the age of wisdom, it was the age of foolishness."


class TestSubtitles:
    def test_srt(self) -> None:
        assert rendering.srt(said("Hello.", "Bye.")) == (
            "1\n00:00:00,000 --> 00:00:04,000\nHello.\n\n2\n00:00:04,000 --> 00:00:08,000\nBye.\n\n"
        )

    def test_vtt(self) -> None:
        assert rendering.vtt(said("Hello.")) == "WEBVTT\n\n1\n00:00:00.000 --> 00:00:04.000\nHello.\n\n"

    def test_speakers(self) -> None:
        names = {"Speaker 2": "A&B <x>"}
        assert [cue.lines[0] for cue in strict(rendering.srt(TALK), ",")][1:3] == [
            "Speaker 1: How are you?",
            "Speaker 2: Fine.",
        ]
        assert "\n<v Speaker 1>How are you?\n" in rendering.vtt(TALK)
        assert "\n<v A&amp;B &lt;x&gt;>Fine.\n" in rendering.vtt(TALK, names)
        assert "Speaker" not in rendering.srt(said(("Speaker 1", "Alone.")))

    def test_a_long_segment_becomes_cues_of_two_short_lines(self) -> None:
        cues = strict(rendering.srt(said(("Speaker 1", LONG), ("Speaker 2", "No."))), ",")
        assert_sound(cues, visible)
        assert len(cues) > 2

    def test_cues_are_cut_where_the_words_are(self) -> None:
        texts = LONG.split()
        words = tuple(Word(text, 0.1 * at, 0.1 * at + 0.1) for at, text in enumerate(texts))
        slow_start = Transcript(LONG, "en", 60.0, "m", (Segment(LONG, 0.0, 60.0),), words)
        first, second = strict(rendering.srt(slow_start), ",")[:2]
        spoken = len(" ".join(first.lines).split())
        assert (first.start, second.start) == (0, spoken * 100)

    def test_a_pause_is_not_shown(self) -> None:
        words = (Word("Well.", 0.0, 1.0), Word("Yes.", 5.0, 6.0))
        cues = strict(rendering.srt(Transcript("", "en", 6.0, "m", (Segment("Well. Yes.", 0.0, 6.0),), words)), ",")
        assert [(cue.start, cue.end) for cue in cues] == [(0, 1000), (5000, 6000)]

    def test_voices_at_the_same_time_follow_each_other(self) -> None:
        both = (Segment("One.", 0.0, 5.0, "A"), Segment("Two.", 0.0, 5.0, "B"), Segment("Three.", 1.0, 1.0, "A"))
        cues = strict(rendering.srt(Transcript("", "en", 5.0, "m", both)), ",")
        assert_sound(cues, visible)
        assert [cue.lines for cue in cues] == [["A: One."], ["B: Two."], ["A: Three."]]

    @pytest.mark.parametrize("text", HOSTILE)
    def test_hostile_text_stays_text(self, text: str) -> None:
        for around in (said(text), said("Before.", text, "After."), said(("A", text), ("B", text))):
            srt, vtt = rendering.srt(around), rendering.vtt(around)
            assert vtt.startswith("WEBVTT\n\n")
            assert_sound(strict(srt, ","), visible)
            assert_sound(strict(vtt.removeprefix("WEBVTT\n\n"), "."), visible_in_vtt)
            assert squeezed(shown(text)) in read_by_another(srt, "srt")
            assert squeezed(shown(text)) in read_by_another(vtt, "vtt")

    @given(st.lists(st.tuples(st.sampled_from([None, "A", "B"]), TEXTS | st.text(max_size=200)), max_size=5))
    @settings(max_examples=60)
    def test_any_text_makes_sound_cues(self, segments: list[tuple[str | None, str]]) -> None:
        for cue in strict(rendering.srt(said(*segments)), ","):
            assert 0 < cue.end - cue.start <= 7000
            assert 1 <= len(cue.lines) <= 2

    def test_three_hours_take_no_time(self) -> None:
        words = tuple(Word(f"word{at % 7}", at * 0.4, at * 0.4 + 0.3) for at in range(27_000))
        parts = tuple(
            Segment(" ".join(word.text for word in words[at : at + 30]), words[at].start, words[at + 29].end)
            for at in range(0, len(words), 30)
        )
        began = time.thread_time()
        cues = strict(rendering.srt(Transcript("", "en", 10_800.0, "m", parts, words)), ",")
        assert time.thread_time() - began < 5
        assert_sound(cues, visible)


class TestJson:
    def test_the_shape(self) -> None:
        words = (Word("Hello.", 0.00049, 0.99951, confidence=0.87654), Word(" ", 1.0, 1.0, kind="spacing"))
        parts = (Segment("Hello.", 0.00049, 0.99951, "Speaker 1", "es"),)
        transcript = Transcript("Hello.", "en", 1.23456, "m", parts, words, Micros(3500))
        assert rendering.as_json(transcript, {"Speaker 1": "Ada"}) == {
            "text": "Hello.",
            "language": "en",
            "seconds": 1.235,
            "model": "m",
            "cost_micros": 3500,
            "partial": False,
            "segments": [
                {"speaker": "Ada", "start": 0.0, "end": 1.0, "language": "es", "confidence": None, "text": "Hello."}
            ],
            "words": [{"text": "Hello.", "start": 0.0, "end": 1.0, "confidence": 0.877}],
        }

    def test_it_is_json(self) -> None:
        read = json.loads(json.dumps(rendering.as_json(TALK)))
        assert [part["speaker"] for part in read["segments"]] == ["Speaker 1", "Speaker 1", "Speaker 2", "Speaker 1"]


class TestDocx:
    def lines(self, made: bytes) -> list[str]:
        return [paragraph.text for paragraph in Document(io.BytesIO(made)).paragraphs]

    def test_title_facts_and_turns(self) -> None:
        assert self.lines(rendering.docx(TALK, "note.ogg", {"Speaker 2": "Bob"})) == [
            "note.ogg",
            "0:16 · English · whisper-base · 2 speakers",
            "0:00  Speaker 1: Hello. How are you?",
            "0:08  Bob: Fine.",
            "0:12  Speaker 1: Good.",
        ]

    @pytest.mark.parametrize("text", HOSTILE)
    def test_hostile_text_stays_text(self, text: str) -> None:
        assert self.lines(rendering.docx(said(text), text))[-1] == f"0:00  {shown(text)}"

    def test_it_names_nobody_and_no_time(self) -> None:
        about = Document(io.BytesIO(rendering.docx(TALK))).core_properties
        assert (about.author, about.last_modified_by, about.comments) == ("", "", "")
        assert about.created is not None
        assert about.created.year == 2000
