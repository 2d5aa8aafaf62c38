"""Marks for words that the engine was unsure of."""

from hypothesis import given
from hypothesis import strategies as st

from bot import rendering
from bot.domain.transcript import Segment, Transcript, Word
from bot.rendering.doubts import MARK


def transcript(*segments: list[tuple[str, float | None]], between: str = " ") -> Transcript:
    """A transcript of segments of words with the model's probabilities; each word takes a second."""
    parts: list[Segment] = []
    words: list[Word] = []
    for said in segments:
        begin = float(len(words))
        words += [Word(text, begin + at, begin + at + 0.9, confidence=sure) for at, (text, sure) in enumerate(said)]
        parts.append(Segment(between.join(text for text, _ in said), begin, words[-1].end))
    return Transcript(" ".join(part.text for part in parts), "en", len(words), "m", tuple(parts), tuple(words))


def test_a_word_below_one_half_is_marked_before_its_punctuation() -> None:
    said = transcript([("Miss", 0.9), ("Dashwood,", 0.3)], [("the", 0.5), ("Dashwood.", None), ("Oh!", 0.1)])
    marked = rendering.with_doubts(said)
    assert [part.text for part in marked.segments] == ["Miss Dashwood[?],", "the Dashwood. Oh[?]!"]
    assert rendering.text(marked) == "Miss Dashwood[?], the Dashwood. Oh[?]!"
    assert "Dashwood[?]," in rendering.srt(marked)


def test_words_without_blanks_between_them_are_found() -> None:
    said = transcript([("今日", 0.9), ("晴天", 0.2), ("。", 0.9)], between="")
    assert rendering.with_doubts(said).segments[0].text == "今日晴天[?]。"


def test_words_that_the_text_spells_otherwise_are_left_as_they_are() -> None:
    said = transcript([("twenty", 0.1), ("one", 0.1)])
    said = Transcript("21 one", "en", 2.0, "m", (Segment("21 one", 0.0, 1.9),), said.words)
    assert rendering.with_doubts(said).text == "21 one[?]"


sure = st.none() | st.floats(0.0, 1.0)
words = st.lists(st.tuples(st.text("abc.,", min_size=1, max_size=4), sure), min_size=1, max_size=8)


@given(st.lists(words, min_size=1, max_size=4))
def test_nothing_but_marks_is_added_and_no_word_is_lost(segments: list[list[tuple[str, float | None]]]) -> None:
    said = transcript(*segments)
    marked = rendering.with_doubts(said)
    assert [part.text.replace(MARK, "") for part in marked.segments] == [part.text for part in said.segments]
    assert [(part.start, part.end) for part in marked.segments] == [(part.start, part.end) for part in said.segments]
    doubted = sum(word.confidence is not None and word.confidence < 0.5 for word in said.words)
    assert sum(part.text.count(MARK) for part in marked.segments) == doubted
