"""The buttons under a note's messages, as Telegram's keyboards."""

from collections.abc import Sequence
from dataclasses import replace

from telegram import InlineKeyboardButton

from adapters.telegram import pages
from adapters.telegram.places import Place
from bot.chat import button_rows
from bot.chat.button_rows import Action, ButtonData, Buttons
from bot.domain.money import Micros
from bot.domain.note import MediaRef, Note, Options
from bot.domain.transcript import Segment, Transcript
from tests.helpers.telegram_out import said

HERE = Place(chat=1, message=2, asker=1)
NOTE = Note(HERE.key(3), "telegram:1", MediaRef("file"), Options("whisper-base"), HERE.details())
BACK = button_rows.back("en", NOTE.id)


def keyboard(buttons: Buttons) -> Sequence[Sequence[InlineKeyboardButton]]:
    """Return the rows of buttons that Telegram is given."""
    made = pages.markup(buttons)
    assert made is not None
    return made.inline_keyboard


def presses(buttons: Buttons) -> list[tuple[str, ButtonData | None]]:
    """Return what Telegram is given: each label, and the data read back from it."""
    return [(button.text, ButtonData.unpack(str(button.callback_data))) for row in keyboard(buttons) for button in row]


def two_speakers() -> Transcript:
    return said(*(Segment("Well.", float(i), i + 1.0, f"Speaker {i % 2 + 1}") for i in range(2)))


def test_a_text_s_buttons_are_its_files_its_speakers_and_other_languages() -> None:
    one_voice = presses(button_rows.result("en", NOTE, said(text="Hi.")))
    assert [label for label, _ in one_voice] == [
        "TXT",
        "SRT",
        "VTT",
        "DOCX",
        "Speakers on",
        "Spoken language",
        "Delete this text",
    ]
    assert [press for _, press in one_voice][:5] == [
        *(ButtonData(Action.FILE, NOTE.id, form) for form in ("txt", "srt", "vtt", "docx")),
        ButtonData(Action.SPEAKERS, NOTE.id, "on"),
    ]
    with_speakers = replace(NOTE, options=Options("m", speakers=True))
    two_voices = presses(button_rows.result("en", with_speakers, two_speakers()))
    assert ("Speakers off", ButtonData(Action.SPEAKERS, NOTE.id, "off")) in two_voices
    assert ("Names", ButtonData(Action.NAMES, NOTE.id)) in two_voices


def test_a_guest_is_offered_only_what_can_be_done_from_there() -> None:
    assert presses(button_rows.result("en", NOTE, two_speakers(), files=False)) == [
        ("Speakers on", ButtonData(Action.SPEAKERS, NOTE.id, "on")),
        ("Spoken language", ButtonData(Action.LANGUAGES, NOTE.id)),
    ]


def test_a_price_stands_on_the_button_that_agrees_to_it() -> None:
    assert presses(button_rows.agree("en", NOTE.id, Micros(350_000))) == [
        ("Transcribe for $0.35", ButtonData(Action.AGREE, NOTE.id, "350000")),
        ("Cancel", ButtonData(Action.CANCEL, NOTE.id)),
    ]
    back = ("Back", ButtonData(Action.BACK, NOTE.id))
    assert presses(button_rows.confirm("en", NOTE.id, "on", Micros(20_000)) + BACK) == [
        ("Yes, for $0.02", ButtonData(Action.AGAIN, NOTE.id, "on")),
        back,
    ]
    assert presses(button_rows.confirm("en", NOTE.id, "de", Micros(0)))[0][0] == "Yes"


def test_speakers_and_languages_are_chosen_by_buttons() -> None:
    back = ("Back", ButtonData(Action.BACK, NOTE.id))
    assert presses(button_rows.speakers("en", NOTE.id, ["Ada", "  "]) + BACK) == [
        ("Ada", ButtonData(Action.NAME, NOTE.id, "0")),
        ("2", ButtonData(Action.NAME, NOTE.id, "1")),
        back,
    ]
    languages = button_rows.languages("en", NOTE.id, ["de", "haw", "yue", "en"])
    chosen = keyboard(languages + BACK)
    assert presses(languages)[0] == ("German", ButtonData(Action.LANGUAGE, NOTE.id, "de"))
    assert [len(row) for row in chosen] == [3, 1, 1]
    many = presses(button_rows.speakers("en", NOTE.id, [f"Speaker {number}" for number in range(200)]) + BACK)
    assert len(many) <= 100
    assert many[-1] == back
