"""Sentences that are true of every message in a row."""

from datetime import timedelta

import pytest

from bot.chat.seldom import PAUSE, Seldom
from tests.helpers.ledgers import Clock


class Said:
    """Writes down what is sent."""

    def __init__(self) -> None:
        self.texts: list[str] = []
        self.is_broken = False

    def send(self, text: str) -> "Send":
        return Send(self, text)


class Send:
    def __init__(self, said: Said, text: str) -> None:
        self._said, self._text = said, text

    async def __call__(self) -> None:
        if self._said.is_broken:
            raise ConnectionResetError
        self._said.texts.append(self._text)


async def test_the_same_sentence_is_said_once_in_a_while_in_each_place(clock: Clock) -> None:
    seldom, said = Seldom(clock), Said()
    for where, key in (("one", "help"), ("one", "help"), ("one", "off"), ("two", "help")):
        await seldom.say(where, key, said.send(f"{where} {key}"))
    assert said.texts == ["one help", "one off", "two help"]
    clock.now += PAUSE - timedelta(seconds=1)
    await seldom.say("one", "help", said.send("too soon"))
    clock.now += timedelta(seconds=1)
    await seldom.say("one", "help", said.send("again"))
    assert said.texts[3:] == ["again"]


async def test_a_sentence_without_a_key_is_always_said(clock: Clock) -> None:
    seldom, said = Seldom(clock), Said()
    for _ in range(2):
        await seldom.say("one", "", said.send("the disk is full"))
    assert len(said.texts) == 2


async def test_a_sentence_that_could_not_be_sent_was_not_said(clock: Clock) -> None:
    seldom, said = Seldom(clock), Said()
    said.is_broken = True
    with pytest.raises(ConnectionResetError):
        await seldom.say("one", "help", said.send("lost"))
    said.is_broken = False
    await seldom.say("one", "help", said.send("help"))
    assert said.texts == ["help"]
