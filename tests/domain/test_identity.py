"""Identities of people and places, and their text."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.domain.identity import Identity, Kind, is_place, platform_of

WORD = st.text(st.characters(categories=["Ll", "Lu", "Nd"]), min_size=1, max_size=12)


@pytest.mark.parametrize("text", ["telegram:5", "console:ada", "console:Ann Lee", "api:3", "discord:777"])
def test_a_person_has_a_name_or_a_number(text: str) -> None:
    assert Identity.parse(text).kind is Kind.PERSON
    assert not is_place(text)


@pytest.mark.parametrize("text", ["telegram:-1001234", "discord:server:7", "discord:channel:8"])
def test_groups_channels_and_servers_are_places(text: str) -> None:
    assert Identity.parse(text).kind is Kind.PLACE
    assert is_place(text)


@pytest.mark.parametrize("text", ["", "ada", ":5", "telegram:", "house:revenue", "provider:nanogpt"])
def test_other_texts_and_the_accounts_of_the_ledger_are_no_identities(text: str) -> None:
    with pytest.raises(ValueError, match="no identity"):
        Identity.parse(text)


@given(platform=WORD, name=WORD, kind=st.sampled_from(["", "server:", "channel:", "group:"]))
def test_an_identity_has_the_text_that_it_was_read_from(platform: str, name: str, kind: str) -> None:
    text = f"{platform}:{kind}{name}"
    if platform in ("house", "provider"):
        return
    assert str(Identity.parse(text)) == text
    assert platform_of(text) == platform
