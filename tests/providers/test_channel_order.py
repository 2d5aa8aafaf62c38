"""Sentences of several channels in order of time, without sound."""

from bot.domain.transcript import Word
from bot.providers.embedded.speakers.labelling import Sentence, by_channel


def said(start: float, *words: str, pause: float = 0.0) -> Sentence:
    """A sentence of words of 0.4 s, with a pause after the first."""
    begins = [start + 0.5 * number + (pause if number else 0.0) for number in range(len(words))]
    timed = tuple(Word(word, begin, begin + 0.4) for word, begin in zip(words, begins, strict=True))
    return Sentence("".join(f" {word}" for word in words), timed[0].start, timed[-1].end, timed)


def told(tracks: list[list[Sentence]]) -> list[tuple[str | None, str]]:
    return [(one.speaker, one.text.strip()) for one in by_channel(tracks)]


def test_tracks_are_told_in_order_of_time_and_the_first_to_speak_is_the_first_speaker() -> None:
    one, other = [said(2, "Fine."), said(6, "Bye.")], [said(0, "How", "are", "you?"), said(4, "Good.")]
    assert told([one, other]) == [
        ("Speaker 1", "How are you?"),
        ("Speaker 2", "Fine."),
        ("Speaker 1", "Good."),
        ("Speaker 2", "Bye."),
    ]


def test_a_sentence_is_cut_where_the_other_answers_in_a_pause() -> None:
    one, other = [said(0, "Well,", "I", "think", pause=3.0)], [said(1.5, "Yes?")]
    assert told([one, other]) == [("Speaker 1", "Well,"), ("Speaker 2", "Yes?"), ("Speaker 1", "I think")]


def test_a_sentence_stays_whole_where_both_speak_at_once() -> None:
    one, other = [said(0, "We", "speak", "at", "once")], [said(0.6, "so", "do", "we")]
    assert told([one, other]) == [("Speaker 1", "We speak at once"), ("Speaker 2", "so do we")]


def test_a_single_track_with_words_names_no_speaker() -> None:
    assert told([[], [said(0, "Alone")]]) == [(None, "Alone")]
    assert told([[], []]) == []


def test_the_words_of_a_track_have_its_speaker() -> None:
    parts = by_channel([[said(0, "One")], [said(1, "Two")]])
    assert [word.speaker for part in parts for word in part.words] == ["Speaker 1", "Speaker 2"]
