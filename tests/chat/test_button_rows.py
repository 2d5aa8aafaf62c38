"""The data of buttons: it fits into every platform's limit, and comes back as it was."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.chat import button_rows
from bot.chat.button_rows import Action, Button, ButtonData, Buttons, Entry, Look, Menu, rows_of, with_value
from bot.domain.languages import COMMON
from bot.domain.money import MOST, Micros

NOTE = "5d6a7f0e-3c55-4f0e-9a53-0f2f7f0f7a11"
LIMIT = 64
"""Bytes of Telegram's callback data."""


def buttons_in(rows: Buttons) -> list[Button]:
    """Return every button, and a button for each entry of a menu."""
    found: list[Button] = []
    for row in rows:
        found.extend(map(row.button_of, row.entries) if isinstance(row, Menu) else row)
    return found


_FITTING = st.text(max_size=15).filter(lambda one: len(one.encode("utf-8", "surrogatepass")) <= 39)


@given(st.sampled_from(Action), st.none() | st.uuids(), _FITTING)
def test_data_of_a_button_comes_back_as_it_was(action: Action, note: object, argument: str) -> None:
    data = ButtonData(action, str(note) if note else "", argument)
    try:
        packed = data.pack()
    except UnicodeEncodeError:  # a lone surrogate is no text of any button
        return
    assert len(packed.encode()) <= LIMIT
    assert ButtonData.unpack(packed) == data


@pytest.mark.parametrize(("letter", "room"), [("x", 39), ("é", 19), ("😀", 9)])
def test_data_that_is_longer_than_a_platform_takes_is_refused_and_not_cut(letter: str, room: int) -> None:
    longest = ButtonData(Action.LANGUAGE, NOTE, letter * room)
    assert ButtonData.unpack(longest.pack()) == longest
    with pytest.raises(ValueError, match=f"a button cannot hold '{letter}"):
        ButtonData(Action.LANGUAGE, NOTE, letter * (room + 1)).pack()
    assert len(ButtonData(Action.LANGUAGE, NOTE, "x" * 39).pack()) == LIMIT


def test_every_button_with_the_largest_price_fits() -> None:
    price = Micros(MOST)
    dear = [
        *button_rows.agree("en", NOTE, price),
        *button_rows.cancel("en", NOTE, price),
        *button_rows.show("en", NOTE),
        *button_rows.retry("en", NOTE),
        *button_rows.languages("en", NOTE, sorted(COMMON)),
        *(row for code in COMMON for row in button_rows.confirm("en", NOTE, f"{code}:{price}", price)),
    ]
    buttons = buttons_in(tuple(dear))
    assert [ButtonData.unpack(button.data.pack()) for button in buttons] == [button.data for button in buttons]


@pytest.mark.parametrize("foreign", ["", "zz::", "hello", "y:not-an-id:5", "x:AAAA:", ":" * 3])
def test_text_of_another_bot_s_button_is_no_data_of_ours(foreign: str) -> None:
    assert ButtonData.unpack(foreign) is None


def test_a_price_that_is_owed_is_named_by_the_button_that_discards_and_carried_by_it() -> None:
    [plain] = buttons_in(button_rows.cancel("en", NOTE))
    assert plain == Button("Cancel", ButtonData(Action.CANCEL, NOTE), Look.DANGER)
    [discard] = buttons_in(button_rows.cancel("en", NOTE, Micros(161_400)))
    label = "Discard the text (already paid: $0.1614)"
    assert discard == Button(label, ButtonData(Action.CANCEL, NOTE, "161400"), Look.DANGER)
    assert buttons_in(button_rows.cancel("en", NOTE, Micros(0))) == [plain]


def test_buttons_about_a_note_carry_its_id_and_the_one_for_its_sender_alone_as_an_argument() -> None:
    shown = [*button_rows.retry("en", NOTE), *button_rows.back("en", NOTE), *button_rows.show("en", NOTE)]
    assert [(button.label, button.data) for button in buttons_in(tuple(shown))] == [
        ("Try again", ButtonData(Action.RETRY, NOTE)),
        ("Back", ButtonData(Action.BACK, NOTE)),
        ("Show me the text", ButtonData(Action.SHOW, argument=NOTE)),
    ]


def test_the_entry_that_holds_now_is_marked_and_each_carries_its_value_behind_the_menu_s() -> None:
    menu = Menu("Language", ButtonData(Action.CHOOSE, argument="language"), (Entry("A", "a"), Entry("B", "b")), "b")
    assert [(one.label, one.data.argument) for one in buttons_in((menu,))] == [
        ("A", "language=a"),
        ("✓ B", "language=b"),
    ]
    assert with_value(ButtonData(Action.LANGUAGE, NOTE), "de") == ButtonData(Action.LANGUAGE, NOTE, "de")


def test_buttons_stand_in_rows_of_at_most_a_width() -> None:
    buttons = [Button(label, ButtonData(Action.BACK, NOTE)) for label in "abcde"]
    rows = rows_of(buttons, 2)
    assert [[button.label for button in buttons_in((row,))] for row in rows] == [["a", "b"], ["c", "d"], ["e"]]
