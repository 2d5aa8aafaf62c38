"""Files of a text whose rest is missing: each tells so, in its reader's language."""

import io
from dataclasses import replace

import pytest
from docx import Document

from bot.chat import answer_layout, messages
from bot.domain.note import FILE_FORMS, Answer
from bot.domain.transcript import Segment
from bot.rendering import formats
from tests.chat.test_answer_layout import HERE, LIMITS, NOTE, said

MISSING = {
    "en": "… the rest was not transcribed: the disk is full",
    "de": "… der Rest wurde nicht abgeschrieben: die Platte ist voll",
    "es": "… el resto no se ha transcrito: el disco está lleno",
    "ru": "… остальное не расшифровано: диск заполнен",
}
WHOLE = {
    "one voice": said(Segment("Good morning.", 0.0, 2.0)),
    "no segments": said(text="Good morning."),
    "two voices": said(Segment("Good.", 0.0, 1.0, "Speaker 1"), Segment("Morning.", 1.0, 2.0, "Speaker 2")),
}


def partial(whole: Answer) -> Answer:
    return replace(whole, transcript=replace(whole.transcript, partial=True), cut_short="DiskFull")


def readable(data: bytes, form: str) -> str:
    """Return the words of a file, with blanks in place of its line breaks."""
    if form == "docx":
        return " ".join(paragraph.text for paragraph in Document(io.BytesIO(data)).paragraphs)
    return " ".join(data.decode().split())


@pytest.mark.parametrize("locale", MISSING)
@pytest.mark.parametrize("form", FILE_FORMS)
@pytest.mark.parametrize("whole", WHOLE.values(), ids=WHOLE.keys())
def test_a_file_of_a_partial_text_ends_with_the_reason(whole: Answer, form: str, locale: str) -> None:
    answer = partial(whole)
    to, note = replace(HERE, locale=locale), replace(NOTE, options=replace(NOTE.options, format=form))
    [[page], *_] = answer_layout.answer(to, note, answer)
    pressed = formats.file_of(answer, form, "memo", messages.cut_short(locale, answer))
    assert page.file is not None
    assert pressed is not None
    for data in (page.file.data, pressed):
        assert readable(data, form).endswith(MISSING[locale])


@pytest.mark.parametrize("form", FILE_FORMS)
def test_a_file_of_a_whole_text_ends_with_its_words(form: str) -> None:
    note = replace(NOTE, options=replace(NOTE.options, format=form))
    [[page], *_] = answer_layout.answer(HERE, note, WHOLE["one voice"])
    assert page.file is not None
    assert readable(page.file.data, form).endswith("Good morning.")


def test_a_long_partial_text_that_comes_as_a_file_ends_with_the_reason() -> None:
    to = replace(HERE, limits=replace(LIMITS, text=200, caption=200, pages=1))
    [[page], *_] = answer_layout.answer(to, NOTE, partial(said(text="One of many sentences. " * 50)))
    assert page.file is not None
    assert page.file.data.decode().endswith(f"\n\n{MISSING['en']}\n")
