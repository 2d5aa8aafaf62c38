"""Buttons as Telegram's inline keyboards. Telegram has no menus: each entry becomes a button."""

from telegram import InlineKeyboardButton, InlineKeyboardMarkup

from bot.chat.buttons import Button, Buttons, Menu

_MOST_BUTTONS = 100
"""In one keyboard; Telegram refuses more."""
_LONGEST_LABEL = 40


def markup(buttons: Buttons) -> InlineKeyboardMarkup:
    """Return the keyboard. Buttons whose data does not fit, and entries of menus beyond Telegram's limit, are left out.

    Rows of single buttons are never cut: a way back stays.
    """
    room = _MOST_BUTTONS - sum(len(row) for row in buttons if not isinstance(row, Menu))
    rows: list[list[InlineKeyboardButton]] = []
    for row in buttons:
        if isinstance(row, Menu):
            entries = [made for entry in row.entries[:room] if (made := _button(row.button_of(entry))) is not None]
            room -= len(entries)
            rows += [entries[start : start + row.in_a_row] for start in range(0, len(entries), row.in_a_row)]
        else:
            rows.append([made for button in row if (made := _button(button)) is not None])
    return InlineKeyboardMarkup(rows)


def _button(button: Button) -> InlineKeyboardButton | None:
    try:
        return InlineKeyboardButton(button.label[:_LONGEST_LABEL], callback_data=button.data.pack())
    except ValueError:
        return None
