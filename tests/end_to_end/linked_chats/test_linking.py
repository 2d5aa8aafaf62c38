"""One service on Telegram and Discord: two accounts become one, operators are obeyed, groups pay for themselves."""

import re
from dataclasses import dataclass

import pytest

from tests.doubles.discord.server import Channel, Seen
from tests.doubles.discord.server import Person as Member
from tests.doubles.telegram.server import Person, Private
from tests.helpers.linked_chats import VOICE, Chats
from tests.helpers.services import PRICE
from tests.helpers.telegram import BOT, SAID

pytestmark = pytest.mark.asyncio(loop_scope="module")


CODE = re.compile(r"/link ((?:[A-Z2-9]{4}-){2}[A-Z2-9]{4})")


def code_in(words: str) -> str:
    found = CODE.search(words)
    assert found is not None, words
    return found[1]


@dataclass(frozen=True, slots=True)
class Both:
    """Ada, who is on Telegram and on Discord, as the links of her accounts have her."""

    chats: Chats
    ada: Person
    chat: Private
    member: Member
    """Ada on Discord."""
    channel: Channel
    """Of a server on Discord."""
    dm: Channel

    @property
    def here(self) -> str:
        return f"telegram:{self.ada.id}"

    @property
    def there(self) -> str:
        return f"discord:{self.member.id}"

    async def asked(self, words: str) -> str:
        return await self.chats.asked(self.ada, self.chat, words)

    async def available(self) -> tuple[int, int]:
        return await self.chats.available(self.here), await self.chats.available(self.there)


async def on_both(chats: Chats) -> Both:
    """Return Ada with a dollar on Telegram, and half a dollar on Discord."""
    ada, chat = chats.ada()
    member, guild = chats.discord.person("Ada"), chats.discord.guild("Home", owner=chats.discord.person("Gus"))
    guild.join(member)
    both = Both(chats, ada, chat, member, guild.channel("general"), chats.discord.dm(member))
    await chats.give(both.here, 1_000_000)
    await chats.give(both.there, 500_000)
    return both


async def linked_by_a_code(both: Both) -> tuple[str, Seen]:
    """Link the accounts, which makes one balance of two. Return the code, and the answer to the yes."""
    chats = both.chats
    told = await both.asked("/link")
    assert "Give the code to nobody" in told
    code = code_in(told)
    question = await chats.used(both.member, "link", both.channel, code=code.lower())
    assert "Your $0.50 move there for good." in question.content
    assert "one on Telegram?" in question.content
    assert "They share balance, recordings and /forget." in question.content
    assert await chats.available(both.there) == 500_000, "nothing is done before the yes"
    joined = await chats.answered(both.member.press(question, "Both are mine"))
    assert joined.content.startswith("One account now: Discord, Telegram.\n$1.50 left.")
    assert "$1.50 left." in await both.asked("/balance")
    return code, joined


async def reads_a_text_of_discord_on_telegram(both: Both) -> None:
    chats, chat = both.chats, both.chat
    both.dm.say(both.member, voice=VOICE, seconds=16)
    await chats.discord.eventually(lambda: any(SAID in seen.text for seen in both.dm.answers), 20)
    await chats.idle()
    assert await both.available() == (1_500_000 - PRICE, 1_500_000 - PRICE)
    assert "0:16 · done · $0.1614" in await both.asked("/jobs"), "the history is one, too"
    await chats.press(both.ada, chat, chat.answers[-1].labels[0])
    assert SAID in chat.answers[-1].text
    assert chat.answers[-1].labels == [], "what buttons bring would go to Discord"


async def reads_a_text_of_telegram_on_discord(both: Both) -> None:
    chats, chat = both.chats, both.chat
    chat.say(both.ada, voice=VOICE)
    await chats.telegram.eventually(lambda: sum(seen.text.startswith(SAID) for seen in chat.answers) == 2, 20)
    await chats.idle()
    jobs = await chats.used(both.member, "jobs", both.channel)
    of_telegram = (await chats.core.notes.recent(1, await chats.core.people.identities(both.here)))[0].note_id
    once_more = both.member.choose(jobs, 0, of_telegram)
    await chats.discord.eventually(lambda: once_more.response and SAID in once_more.response.text)
    assert once_more.response is not None
    assert once_more.response.buttons == []


async def says_codes_again(both: Both, code: str, joined: Seen) -> None:
    """A code that was used is good for no other user, and another one for the same accounts changes nothing."""
    chats, member, dm = both.chats, both.member, both.dm
    newer = await chats.used(member, "link", dm, code=code_in(await both.asked("/link")))
    assert " move there" not in newer.content, "nothing goes where they share one already"
    eve = chats.discord.person("Eve")
    again = await chats.used(eve, "link", chats.discord.dm(eve), code=code)
    assert again.content.startswith("This code is not valid")
    assert joined.buttons == [], "the answer stands in the question's place"
    repeated = await chats.used(member, "link", dm, code=code)
    once_again = await chats.answered(member.press(repeated, "Both are mine"))
    assert once_again.content.startswith("One account now"), "said twice, done once"


async def unlinks(both: Both) -> None:
    """The account that the link was asked for on keeps the balance; the late yes of the other one does nothing."""
    chats = both.chats
    asked = await chats.used(both.member, "unlink", both.dm)
    assert "The balance stays with Telegram; here you start anew." in asked.content
    assert "The balance stays here; there you start anew." in await both.asked("/unlink")
    await chats.press(both.ada, both.chat, "Unlink")
    assert both.chat.answers[-1].text.startswith("Unlinked. Discord has its own account now.\n$1.1772 left.")
    assert await both.available() == (1_500_000 - 2 * PRICE, 0)
    late = both.member.press(asked, "Unlink")
    await chats.discord.eventually(lambda: late.followups or late.response)
    assert await both.asked("/unlink") == "There is nothing to unlink: this account is on one platform only."


async def test_a_code_made_on_one_platform_and_said_on_the_other_makes_one_account(
    chats: Chats, capfd: pytest.CaptureFixture[str]
) -> None:
    both = await on_both(chats)
    code, joined = await linked_by_a_code(both)
    await reads_a_text_of_discord_on_telegram(both)
    await reads_a_text_of_telegram_on_discord(both)
    await says_codes_again(both, code, joined)
    logged = capfd.readouterr()
    assert code not in logged.out + logged.err
    await unlinks(both)


async def test_of_two_who_say_a_code_at_once_one_is_linked(chats: Chats) -> None:
    ada, chat = chats.ada()
    code = code_in(await chats.asked(ada, chat, "/link"))
    eve, bob = chats.discord.person("Eve"), chats.discord.person("Bob")
    questions = [await chats.used(one, "link", chats.discord.dm(one), code=code) for one in (eve, bob)]
    assert " move there" not in questions[0].content, "there is nothing to lose"
    uses = [one.press(asked, "Both are mine") for one, asked in zip((eve, bob), questions, strict=True)]
    told = sorted([(await chats.answered(use)).content[:9] for use in uses])
    assert told == ["One accou", "This code"]
    assert len(await chats.core.people.identities(f"telegram:{ada.id}")) == 2


async def test_a_code_that_is_said_in_a_group_is_void(chats: Chats) -> None:
    ada, chat = chats.ada()
    eve, eves = chats.ada("Eve")
    group = chats.telegram.group("Club", members=[ada, eve])
    code = code_in(await chats.asked(ada, chat, "/link"))
    assert "This one is cancelled" in await chats.asked(eve, group, f"/link@{BOT} {code}")
    assert (await chats.asked(eve, eves, f"/link {code}")).startswith("This code is not valid")
    assert "That is private" in await chats.asked(ada, group, f"/link@{BOT}")
