"""NanoGPT's protocol: what is sent for a recording, and what each answer means, however odd it is."""

from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.audio import Audio
from bot.domain.errors import Unanswered
from bot.domain.note import Options
from bot.domain.transcript import Transcript
from bot.providers.nanogpt import wire as wire
from bot.providers.nanogpt.transcripts import RecordingFacts, speaker_name
from tests.doubles.nanogpt.server import sample
from tests.helpers.nanogpt_wire import NOW, PLAIN, QUOTE, SPEAKERS, read


def audio(container: str = "ogg", *, has_video: bool = False, link: str | None = None) -> Audio:
    return Audio(Path("Моё письмо.oga"), container, "opus", 16.14, 48_000, 1, 58_000, has_video, link)


def transcript(answer: object, asked: RecordingFacts = PLAIN) -> Transcript:
    said = read(answer, asked)
    assert isinstance(said, Transcript)
    return said


@pytest.mark.parametrize(
    ("container", "has_video", "name", "mime"),
    [
        ("ogg", False, "sound.ogg", "audio/ogg"),
        ("mp3", False, "sound.mp3", "audio/mpeg"),
        ("wav", False, "sound.wav", "audio/wav"),
        ("mp4", False, "sound.m4a", "audio/mp4"),
        ("aac", False, "sound.aac", "audio/aac"),
        ("mp4", True, "video.mp4", "video/mp4"),
        ("matroska", True, "video.mkv", "video/x-matroska"),
        ("avi", True, "sound.avi", "video/x-msvideo"),
    ],
)
def test_a_file_goes_under_our_name_and_its_true_type(container: str, has_video: bool, name: str, mime: str) -> None:
    assert wire.file_of(audio(container, has_video=has_video)) == (name, mime)


def test_every_file_that_is_taken_has_a_name() -> None:
    for container in wire.VIDEO_CONTAINERS:
        assert wire.file_of(audio(container))[0].startswith("sound.")


def test_features_are_sent_only_if_they_were_asked_for() -> None:
    least = {"model": "Wizper", "language": "auto", "actualDuration": "0.269000"}
    assert wire.form_of(audio(), Options("Wizper")) == least
    assert wire.json_of(audio(link="https://x/y"), Options("Wizper")) == {"audioUrl": "https://x/y", **least}
    everything = Options("Elevenlabs-STT", "es", speakers=True, events=True)
    assert wire.form_of(audio(), everything)["diarize"] == "true"
    assert wire.form_of(audio(), everything)["tagAudioEvents"] == "true"
    assert wire.json_of(audio(link="https://x/y"), everything)["diarize"] is True
    assert wire.json_of(audio(link="https://x/y"), everything)["tagAudioEvents"] is True


def test_a_plain_answer_is_one_segment_at_its_exact_cost() -> None:
    said = transcript(sample("plain"))
    assert said.text == "The quick brown fox jumps over the lazy dog. It was not amused."
    assert (said.cost, said.language, said.model, said.seconds) == (2690, "", "Wizper", 4.0)
    assert [(part.text, part.start, part.end, part.speaker) for part in said.segments] == [(said.text, 0.0, 4.0, None)]


def test_what_is_sure_to_be_there_is_enough() -> None:
    assert transcript(sample("least")).text == "Only what is sure to be there."


@pytest.mark.parametrize(
    ("metadata", "cost"),
    [
        ({"cost": 0.1}, 100_000),
        ({"cost": 0.0000001}, 1),
        ({"cost": 0}, 0),
        ({"cost": "0.0035"}, 3_500),
        ({"cost": -1}, 777),
        ({"cost": None}, 777),
        ({"cost": True}, 777),
        ({"cost": [1]}, 777),
        ({"cost": 5, "currency": "XNO"}, 777),
        ({"cost": 5, "currency": "usd"}, 5_000_000),
        ({}, 777),
        (None, 777),
        ("text", 777),
    ],
)
def test_a_cost_is_what_is_said_and_else_the_quote(metadata: object, cost: int) -> None:
    assert transcript({"transcription": "Yes.", "metadata": metadata}).cost == cost


@pytest.mark.parametrize("number", ["NaN", "Infinity", "1e400", "-1e400", "1e99999999999999999999", "9" * 5000, "-0.5"])
def test_numbers_that_are_none_cost_the_quote_or_are_unreadable(number: str) -> None:
    answer = f'{{"transcription": "Yes.", "metadata": {{"cost": {number}, "actualDuration": {number}}}}}'
    try:
        said = wire.read_submitted(200, answer.encode(), PLAIN, NOW)
    except Unanswered:
        return
    assert isinstance(said, Transcript)
    assert said.cost == QUOTE


@given(st.decimals(min_value=0, max_value=10_000, places=6))
def test_no_micro_dollar_is_lost_on_the_way(dollars: Decimal) -> None:
    answer = f'{{"transcription": "Yes.", "metadata": {{"cost": {dollars}, "currency": "USD"}}}}'
    said = wire.read_submitted(200, answer.encode(), PLAIN, NOW)
    assert isinstance(said, Transcript)
    assert said.cost == dollars * 1_000_000


def test_turns_are_told_apart_and_words_bear_the_same_names() -> None:
    said = transcript(sample("completed"), SPEAKERS)
    assert said.text == "Good morning. How are you? (laughter) Fine, thanks. Good!"
    assert [(part.speaker, part.text) for part in said.segments] == [
        ("Speaker 1", "Good morning. How are you?"),
        ("Speaker 2", "(laughter) Fine, thanks."),
        ("Speaker 1", "Good!"),
    ]
    assert [word.text for word in said.words] == said.text.split()
    assert {word.text: word.speaker for word in said.words}["Fine,"] == "Speaker 2"
    assert {word.kind for word in said.words} == {"word", "audio_event"}
    assert (said.cost, said.language) == (30_000, "en")


def test_speakers_that_nobody_asked_for_are_not_named() -> None:
    said = transcript(sample("completed"))
    assert {part.speaker for part in said.segments} == {word.speaker for word in said.words} == {None}


def test_labels_in_the_text_are_never_doubled() -> None:
    said = transcript(sample("completed_labelled"), SPEAKERS)
    assert said.text == "Good morning. How are you?\n\nFine, thanks.\n\nGood!"
    answer = sample("completed_labelled")
    for part in answer["diarization"]["segments"]:
        part["text"] = f"{part['speaker']}: {part['text']}"
    assert transcript(answer, SPEAKERS) == said


def test_labels_on_one_line_are_taken_out_too() -> None:
    answer = sample("completed_labelled")
    answer["transcription"] = "Speaker 1: Good morning. How are you? speaker_1: Fine, thanks. [Speaker 1]: Good!"
    assert transcript(answer, SPEAKERS).text == "Good morning. How are you? Fine, thanks. Good!"


def test_turns_come_in_order_of_time() -> None:
    answer = sample("completed")
    answer["diarization"]["segments"].reverse()
    assert transcript(answer, SPEAKERS) == transcript(sample("completed"), SPEAKERS)


def test_one_speaker_is_still_a_speaker() -> None:
    turns = [{"speaker": "Speaker 1", "start": 0, "end": 2, "text": "Only me."}]
    said = transcript({"transcription": "Speaker 1: Only me.", "diarization": {"segments": turns}}, SPEAKERS)
    assert (said.text, said.segments[0].speaker) == ("Only me.", "Speaker 1")


def test_without_turns_the_words_make_them() -> None:
    answer = sample("completed")
    del answer["diarization"]
    said = transcript(answer, SPEAKERS)
    assert [(part.speaker, part.text) for part in said.segments] == [
        ("Speaker 1", "Good morning."),
        ("Speaker 1", "How are you?"),
        ("Speaker 2", "(laughter) Fine, thanks."),
        ("Speaker 1", "Good!"),
    ]


def test_words_keep_the_spacing_of_their_language() -> None:
    said = transcript(sample("completed_words"))
    assert [part.text for part in said.segments] == ["你好，世界。", "今天很好。"]  # noqa: RUF001  # Chinese is meant
    assert said.language == "zh"


def test_turns_that_leave_text_out_are_not_trusted() -> None:
    answer = sample("completed")
    answer["diarization"]["segments"].pop(0)
    said = transcript(answer, SPEAKERS)
    assert " ".join(part.text for part in said.segments) == said.text


def test_the_text_is_put_together_where_only_parts_came() -> None:
    answer = sample("completed")
    del answer["transcription"]
    assert transcript(answer, SPEAKERS).text == sample("completed")["transcription"]
    del answer["diarization"]
    assert transcript(answer, SPEAKERS).text == sample("completed")["transcription"]


def test_silence_is_a_transcript_without_text() -> None:
    said = transcript(sample("silence"))
    assert (said.text, said.segments, said.cost) == ("", (), 10_000)


def test_words_of_a_new_kind_and_odd_times_are_taken() -> None:
    words = [
        {"text": "One", "start": -0.2, "end": 99, "type": "whispered", "speaker_id": "anna"},
        {"text": "two", "start": "soon", "type": None},
        {"text": "three", "start": 0.5, "end": 0.1},
        {"word": "lost"},
        7,
    ]
    said = transcript({"transcription": "One two three", "words": words}, SPEAKERS)
    assert [(word.text, word.start, word.end, word.kind) for word in said.words] == [
        ("One", 0.0, 0.0, "whispered"),
        ("two", 0.0, 0.0, "word"),
        ("three", 0.5, 0.5, "word"),
    ]
    assert said.words[0].speaker == "anna"


@pytest.mark.parametrize(
    ("said", "name"),
    [
        ("speaker_0", "Speaker 1"),
        ("Speaker 1", "Speaker 1"),
        (0, "Speaker 1"),
        ("Ada", "Ada"),
        ("", None),
        (True, None),
    ],
)
def test_speakers_are_counted_from_one(said: object, name: str | None) -> None:
    assert speaker_name(said) == name
