"""The buttons under messages. Pure: a language and a note in, a keyboard out."""

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from adapters.telegram.places import place_of
from bot.chat.button_data import Action, ButtonData
from bot.domain.languages import language_name
from bot.domain.money import Micros, dollars
from bot.domain.note import FILE_FORMS, Note, Transcript
from bot.locales import text
from bot.rendering import turns

_IN_A_ROW = 3
_MOST_CHOICES = 96
"""Telegram shows a hundred buttons."""
_LONGEST_LABEL = 40


def cancel(locale: str, note_id: str) -> InlineKeyboardMarkup:
    """Under a placeholder."""
    return InlineKeyboardMarkup([[_button(text(locale, "button-cancel"), ButtonData(Action.CANCEL, note_id))]])


def agree(locale: str, note_id: str, price: Micros) -> InlineKeyboardMarkup:
    """Under the question whether a price is right."""
    label = text(locale, "button-agree", price=dollars(price))
    yes = _button(label, ButtonData(Action.AGREE, note_id, str(price)))
    return InlineKeyboardMarkup([[yes], [_button(text(locale, "button-cancel"), ButtonData(Action.CANCEL, note_id))]])


def result(locale: str, note: Note, transcript: Transcript) -> InlineKeyboardMarkup:
    """Under a text: its files, its speakers, another language. A guest's has only what can be done from there."""
    if place_of(note).guest:
        return InlineKeyboardMarkup([[_to_speakers(locale, note)], [_to_languages(locale, note)]])
    files = [_button(form.upper(), ButtonData(Action.FILE, note.id, form)) for form in FILE_FORMS]
    return InlineKeyboardMarkup([files, _about_speakers(locale, note, transcript), [_to_languages(locale, note)]])


def confirm(locale: str, note_id: str, argument: str, price: Micros) -> InlineKeyboardMarkup:
    """Under the price of another run; `argument` is the run's: "on", "off" or a language's code."""
    label = text(locale, "button-again", price=dollars(price)) if price else text(locale, "button-again-free")
    return InlineKeyboardMarkup(
        [[_button(label, ButtonData(Action.AGAIN, note_id, argument))], [_back(locale, note_id)]]
    )


def speakers(locale: str, note_id: str, labels: Sequence[str]) -> InlineKeyboardMarkup:
    """To choose the speaker who is to be renamed; they are known by their places in `labels`."""
    names = [
        _button(label[:_LONGEST_LABEL].strip() or str(number + 1), ButtonData(Action.NAME, note_id, str(number)))
        for number, label in enumerate(labels[:_MOST_CHOICES])
    ]
    return InlineKeyboardMarkup([*([name] for name in names), [_back(locale, note_id)]])


def languages(locale: str, note_id: str, codes: Sequence[str]) -> InlineKeyboardMarkup:
    """To choose the language of another run from."""
    names = [_button(language_name(code), ButtonData(Action.LANGUAGE, note_id, code)) for code in codes[:_MOST_CHOICES]]
    rows = [names[start : start + _IN_A_ROW] for start in range(0, len(names), _IN_A_ROW)]
    return InlineKeyboardMarkup([*rows, [_back(locale, note_id)]])


def _about_speakers(locale: str, note: Note, transcript: Transcript) -> list[InlineKeyboardButton]:
    row = [_to_speakers(locale, note)]
    if any(turn.speaker is not None for turn in turns(transcript)):
        row.append(_button(text(locale, "button-names"), ButtonData(Action.NAMES, note.id)))
    return row


def _to_speakers(locale: str, note: Note) -> InlineKeyboardButton:
    other = "off" if note.options.speakers else "on"
    return _button(text(locale, f"button-speakers-{other}"), ButtonData(Action.SPEAKERS, note.id, other))


def _to_languages(locale: str, note: Note) -> InlineKeyboardButton:
    return _button(text(locale, "button-languages"), ButtonData(Action.LANGUAGES, note.id))


def _back(locale: str, note_id: str) -> InlineKeyboardButton:
    return _button(text(locale, "button-back"), ButtonData(Action.BACK, note_id))


def _button(label: str, press: ButtonData) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=press.pack())
