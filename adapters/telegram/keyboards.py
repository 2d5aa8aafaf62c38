"""The buttons under messages. Pure: a language and a note in, a keyboard out."""

from collections.abc import Sequence

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from adapters.telegram.places import place_of
from bot.chat.button_data import Action, Press
from bot.domain.languages import language_name
from bot.domain.money import Micros, dollars
from bot.domain.note import FILE_FORMS, Note, Transcript
from bot.locales import say
from bot.rendering import turns

_IN_A_ROW = 3
_MOST_CHOICES = 96
"""Telegram shows a hundred buttons."""
_LONGEST_LABEL = 40


def cancel(tongue: str, note_id: str) -> InlineKeyboardMarkup:
    """Under a placeholder."""
    return InlineKeyboardMarkup([[_button(say(tongue, "button-cancel"), Press(Action.CANCEL, note_id))]])


def agree(tongue: str, note_id: str, price: Micros) -> InlineKeyboardMarkup:
    """Under the question whether a price is right."""
    label = say(tongue, "button-agree", price=dollars(price))
    yes = _button(label, Press(Action.AGREE, note_id, str(price)))
    return InlineKeyboardMarkup([[yes], [_button(say(tongue, "button-cancel"), Press(Action.CANCEL, note_id))]])


def result(tongue: str, note: Note, transcript: Transcript) -> InlineKeyboardMarkup:
    """Under a text: its files, its speakers, another language. A guest's has only what can be done from there."""
    if place_of(note).guest:
        return InlineKeyboardMarkup([[_to_speakers(tongue, note)], [_to_languages(tongue, note)]])
    files = [_button(form.upper(), Press(Action.FILE, note.id, form)) for form in FILE_FORMS]
    return InlineKeyboardMarkup([files, _about_speakers(tongue, note, transcript), [_to_languages(tongue, note)]])


def confirm(tongue: str, note_id: str, argument: str, price: Micros) -> InlineKeyboardMarkup:
    """Under the price of another run; `argument` is the run's: "on", "off" or a language's code."""
    label = say(tongue, "button-again", price=dollars(price)) if price else say(tongue, "button-again-free")
    return InlineKeyboardMarkup([[_button(label, Press(Action.AGAIN, note_id, argument))], [_back(tongue, note_id)]])


def speakers(tongue: str, note_id: str, labels: Sequence[str]) -> InlineKeyboardMarkup:
    """To choose the speaker who is to be renamed; they are known by their places in `labels`."""
    names = [
        _button(label[:_LONGEST_LABEL].strip() or str(number + 1), Press(Action.NAME, note_id, str(number)))
        for number, label in enumerate(labels[:_MOST_CHOICES])
    ]
    return InlineKeyboardMarkup([*([name] for name in names), [_back(tongue, note_id)]])


def languages(tongue: str, note_id: str, codes: Sequence[str]) -> InlineKeyboardMarkup:
    """To choose the language of another run from."""
    names = [_button(language_name(code), Press(Action.LANGUAGE, note_id, code)) for code in codes[:_MOST_CHOICES]]
    rows = [names[start : start + _IN_A_ROW] for start in range(0, len(names), _IN_A_ROW)]
    return InlineKeyboardMarkup([*rows, [_back(tongue, note_id)]])


def _about_speakers(tongue: str, note: Note, transcript: Transcript) -> list[InlineKeyboardButton]:
    row = [_to_speakers(tongue, note)]
    if any(turn.speaker is not None for turn in turns(transcript)):
        row.append(_button(say(tongue, "button-names"), Press(Action.NAMES, note.id)))
    return row


def _to_speakers(tongue: str, note: Note) -> InlineKeyboardButton:
    other = "off" if note.options.speakers else "on"
    return _button(say(tongue, f"button-speakers-{other}"), Press(Action.SPEAKERS, note.id, other))


def _to_languages(tongue: str, note: Note) -> InlineKeyboardButton:
    return _button(say(tongue, "button-languages"), Press(Action.LANGUAGES, note.id))


def _back(tongue: str, note_id: str) -> InlineKeyboardButton:
    return _button(say(tongue, "button-back"), Press(Action.BACK, note_id))


def _button(label: str, press: Press) -> InlineKeyboardButton:
    return InlineKeyboardButton(label, callback_data=press.pack())
