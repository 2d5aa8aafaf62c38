"""Presses about a note: their effects, the presser's rights, and the replies, on any platform."""

from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from bot.chat import incoming
from bot.chat.button_rows import Action, Button, ButtonData, Menu
from bot.chat.incoming import TooManyNotes
from bot.chat.messages import Audience, footer
from bot.chat.pages import File
from bot.chat.platform import REMOVED
from bot.chat.presses import shown_again
from bot.chat.queries import Result
from bot.chat.replies import AskNames, Discard, Notice, Offer, Redraw, Remove, Renamed, Rerun, Restore, SendFile
from bot.chat.result_actions import NoteOutcome, Press, begin, is_left_over, pressed
from bot.domain.audio import Audio
from bot.domain.catalog import ModelInfo
from bot.domain.errors import ProviderFailed
from bot.domain.languages import COMMON
from bot.domain.money import MOST, Micros
from bot.domain.note import INSTEAD, UNASKED, Note, Options, Ticket
from bot.domain.ports import Report
from bot.domain.transcript import Segment, Transcript
from bot.locales import text
from bot.people.access import Access
from bot.settings import Settings
from tests.doubles.provider import MODELS, NAME, PaidProvider
from tests.doubles.recording_platform import RecordingPlatform
from tests.helpers.conversation import ADA, BEA, Conversation, conversation
from tests.helpers.services import PRICE, SAID

FREE = ModelInfo(name="free", provider=NAME, per_minute=Micros(0))


class Talk(PaidProvider):
    """Hears as many people as it is told, if it is asked to tell them apart."""

    voices = 2

    async def submit(self, audio: Audio, options: Options, report: Report, user: str = "") -> Transcript | Ticket:
        said = await super().submit(audio, options, report, user)
        if not options.speakers or isinstance(said, Ticket):
            return said
        numbers = range(1, self.voices + 1)
        segments = tuple(Segment(f"Voice {one}.", one - 1.0, float(one), f"Speaker {one}") for one in numbers)
        return replace(said, text=" ".join(one.text for one in segments), segments=segments)


@dataclass
class Allowed:
    """Implements Rights."""

    use: bool = True
    read: bool = True
    cancel: bool = True
    pay: bool = True

    async def may_use(self, note: Note) -> bool:
        return self.use

    async def may_read(self, note: Note) -> bool:
        return self.read

    async def may_cancel(self, note: Note) -> bool:
        return self.cancel

    async def may_pay(self, note: Note) -> bool:
        return self.pay


@pytest.fixture
def talk(tmp_path: Path) -> Talk:
    return Talk(tmp_path / "provider")


@pytest.fixture
async def chat(settings: Settings, tmp_path: Path, talk: Talk) -> AsyncIterator[Conversation]:
    async with conversation(settings, talk, tmp_path, [*MODELS, FREE]) as chat:
        yield chat


async def done(chat: Conversation, voice: Path, *, model: str = "paid", speakers: bool = False) -> Note:
    """A note that has its text."""
    note = chat.app.platform.note("1", voice, model="paid-speakers" if speakers else model)
    note = replace(note, options=replace(note.options, speakers=speakers))
    await chat.app.take(note)
    await chat.app.end_of(note)
    return note


async def outcome(
    chat: Conversation,
    note: Note | str,
    action: Action,
    argument: str = "",
    rights: Allowed = Allowed(),  # noqa: B008  # it is never changed
    **more: object,
) -> NoteOutcome:
    note_id = note if isinstance(note, str) else note.id
    usual = Press(ButtonData(action, note_id, argument), ADA, "en", largest_file=1_000_000)
    return await pressed(chat.core, replace(usual, **more), rights)  # type: ignore[arg-type]  # tests name real fields


def notice(key: str, **values: float) -> Notice:
    return Notice(text("en", key, **values))


def button_of(offer: Offer) -> Button:
    """Its only one."""
    [row] = offer.buttons
    assert not isinstance(row, Menu)
    [button] = row
    return button


async def text_of(chat: Conversation, note: Note) -> Result:
    result = await chat.core.queries.result(note.id)
    assert result is not None
    return result


async def test_a_note_that_is_gone_or_another_s_or_without_a_text_brings_a_notice(
    chat: Conversation, talk: Talk, voice: Path
) -> None:
    gone = "5d6a7f0e-3c55-4f0e-9a53-0f2f7f0f7a11"
    assert await outcome(chat, gone, Action.FILE, "txt") == notice("press-forgotten")
    talk.free.clear()
    note = chat.app.platform.note("1", voice)
    await chat.app.take(note)
    assert await outcome(chat, note, Action.FILE, "txt") == notice("press-no-text")
    assert await outcome(chat, note, Action.FILE, "txt", Allowed(use=False, read=False)) == notice("press-not-yours")
    talk.free.set()
    await chat.app.end_of(note)


@pytest.mark.parametrize("action", [Action.FORGET, Action.LINK, Action.CHOOSE, Action.TOPUP, Action.UNLINK])
async def test_a_forged_press_that_is_about_no_note_does_nothing_to_one(
    chat: Conversation, voice: Path, action: Action
) -> None:
    note = await done(chat, voice)
    assert await outcome(chat, note, action) == notice("press-unknown")
    assert await chat.core.notes.order(note.id) is not None


async def test_a_text_comes_as_a_file_named_like_the_recording(chat: Conversation, voice: Path) -> None:
    note = await done(chat, voice)
    sent = await outcome(chat, note, Action.FILE, "txt")
    assert isinstance(sent, SendFile)
    assert sent.file == File("voice-note.txt", f"{SAID}\n".encode())
    assert await outcome(chat, note, Action.FILE, "exe") == notice("press-unknown")
    assert await outcome(chat, note, Action.FILE, "txt", largest_file=5) == notice("file-too-large", megabytes=0.0)
    assert await outcome(chat, note, Action.FILE, "txt", largest_file=0) == notice("press-not-here")


async def test_readers_take_files_for_themselves_and_nothing_else(chat: Conversation, voice: Path) -> None:
    note, reader, stranger = await done(chat, voice), Allowed(use=False), Allowed(use=False, read=False)
    sent = await outcome(chat, note, Action.FILE, "srt", reader)
    assert isinstance(sent, SendFile)
    assert sent.private
    own = await outcome(chat, note, Action.FILE, "srt")
    assert isinstance(own, SendFile)
    assert not own.private
    assert await outcome(chat, note, Action.FILE, "srt", stranger) == notice("press-not-yours")
    for action in (Action.SPEAKERS, Action.LANGUAGES, Action.LANGUAGE, Action.AGAIN, Action.NAMES, Action.NAMED):
        assert await outcome(chat, note, action, "on", reader) == notice("press-not-yours")


async def test_a_text_that_was_deleted_is_for_its_owner_alone(chat: Conversation, voice: Path) -> None:
    note, reader = await done(chat, voice), Allowed(use=False)
    await chat.core.posted.keep(note.id, REMOVED, "")
    for action in (Action.FILE, Action.BACK, Action.LANGUAGES, Action.NAMES, Action.NAMED):
        assert await outcome(chat, note, action, "txt") == notice("press-no-text")
    assert await outcome(chat, note, Action.FILE, "txt", reader) == notice("press-no-text")
    assert isinstance(await outcome(chat, note, Action.REMOVE), Remove), "a copy of it may be left"
    result = await text_of(chat, note)
    [page], buttons = await shown_again(RecordingPlatform().to, result, with_buttons=True)
    assert (page.text.splitlines()[0], buttons) == (SAID, ())


async def test_another_language_is_chosen_in_a_menu_or_by_a_button_and_shows_its_price(
    chat: Conversation, voice: Path
) -> None:
    note = await done(chat, voice)
    menu = await outcome(chat, note, Action.LANGUAGES)
    assert isinstance(menu, Offer)
    [choice] = menu.buttons
    assert isinstance(choice, Menu)
    assert {"es", "de"} < {entry.value for entry in choice.entries} <= set(COMMON)
    assert not menu.private
    by_menu = await outcome(chat, note, Action.LANGUAGE, value="es")
    by_button = await outcome(chat, note, Action.LANGUAGE, "es")
    assert by_menu == by_button
    assert isinstance(by_menu, Offer)
    assert (by_menu.private, by_menu.text) == (True, "Transcribing it again would cost $0.1614. Continue?")
    assert button_of(by_menu).data == ButtonData(Action.AGAIN, note.id, f"es:{PRICE}")
    assert "klingon" in str(await outcome(chat, note, Action.LANGUAGE, "klingon"))
    assert await chat.core.notes.order(note.id) is not None


async def test_a_run_that_costs_nothing_begins_at_once(chat: Conversation, voice: Path) -> None:
    note = await done(chat, voice, model="free")
    again = await outcome(chat, note, Action.LANGUAGE, "es")
    assert again == Rerun(await text_of(chat, note), "es", Micros(0), ADA, None)


@pytest.mark.parametrize("argument", ["", "es", "es:", "es:-1", "es:x", f"es:{10 * MOST}"])
async def test_a_forged_price_is_no_price(chat: Conversation, voice: Path, argument: str) -> None:
    note = await done(chat, voice)
    assert await outcome(chat, note, Action.AGAIN, argument) == notice("press-unknown")


async def test_another_run_begins_once_and_only_with_room(
    chat: Conversation, talk: Talk, voice: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    note = await done(chat, voice)
    again = await outcome(chat, note, Action.AGAIN, f"es:{PRICE}")
    assert again == Rerun(await text_of(chat, note), "es", PRICE, ADA, None)
    assert isinstance(again, Rerun)
    monkeypatch.setattr(incoming, "MOST_UNFINISHED", 0)
    with pytest.raises(TooManyNotes):
        await begin(chat.core, again, Allowed(), note, "1/es")
    monkeypatch.undo()
    assert await begin(chat.core, again, Allowed(), note, "1/es")
    assert not await begin(chat.core, again, Allowed(), note, "1/es")
    await chat.app.end_of(replace(note, key=replace(note.key, message="1/es")))
    assert len(talk.calls()) == 2


async def test_labels_go_and_come_for_nothing_and_telling_speakers_apart_has_its_price(
    chat: Conversation, voice: Path
) -> None:
    plain = await done(chat, voice)
    offer = await outcome(chat, plain, Action.SPEAKERS, "on")
    assert isinstance(offer, Offer)
    assert button_of(offer).data.argument == f"on:{PRICE}"
    await chat.app.take(note := replace(plain, key=replace(plain.key, message="2"), options=Options("paid-speakers")))
    await chat.app.end_of(note)
    assert isinstance(await outcome(chat, note, Action.SPEAKERS, "on"), Offer)


async def test_labels_are_redrawn_without_a_run(chat: Conversation, talk: Talk, voice: Path) -> None:
    note = await done(chat, voice, speakers=True)
    off, on = [await outcome(chat, note, Action.SPEAKERS, argument) for argument in ("off", "on")]
    assert isinstance(off, Redraw)
    assert isinstance(on, Redraw)
    assert {segment.speaker for segment in off.result.answer.transcript.segments} == {None}
    assert {segment.speaker for segment in on.result.answer.transcript.segments} == {"Speaker 1", "Speaker 2"}
    assert len(talk.calls()) == 1
    assert isinstance(await outcome(chat, note, Action.BACK), Restore)


async def test_names_are_asked_for_in_a_form_that_has_room_else_one_by_one(chat: Conversation, voice: Path) -> None:
    note = await done(chat, voice, speakers=True)
    await chat.core.queries.rename(note.id, "Speaker 1", "Ada")
    result, labels = await text_of(chat, note), ("Speaker 1", "Speaker 2")
    whole = await outcome(chat, note, Action.NAMES, form_fields=5)
    assert whole == AskNames(result, labels, ("Ada", "Speaker 2"), (0, 1))
    for fields in (0, 1):
        menu = await outcome(chat, note, Action.NAMES, form_fields=fields)
        assert isinstance(menu, Offer)
        [choice] = menu.buttons
        assert isinstance(choice, Menu)
        assert [(entry.label, entry.value) for entry in choice.entries] == [("Ada", "0"), ("Speaker 2", "1")]
    for press in ({"value": "1"}, {"argument": "1"}):
        one = await outcome(chat, note, Action.NAME, **press)  # type: ignore[arg-type]  # by a menu, and by a button
        assert one == AskNames(result, ("Speaker 2",), ("Speaker 2",), (1,))
    for forged in ("2", "-1", "x", ""):
        assert await outcome(chat, note, Action.NAME, forged) == notice("press-unknown")


async def test_a_text_of_one_voice_has_no_speakers_to_name(chat: Conversation, voice: Path) -> None:
    note = await done(chat, voice)
    for action, argument in ((Action.NAMES, ""), (Action.NAME, "0")):
        assert await outcome(chat, note, action, argument, form_fields=5) == notice("press-unknown")


async def test_names_of_a_form_hold_from_then_on(chat: Conversation, voice: Path) -> None:
    note = await done(chat, voice, speakers=True)
    fields = {"0": "  Grace \n Hopper ", "7": "Nobody", "x": "Nobody"}
    named = await outcome(chat, note, Action.NAMED, "all", fields=fields)
    assert isinstance(named, Redraw)
    assert named.result.answer.names == {"Speaker 1": "Grace Hopper"}
    one = await outcome(chat, note, Action.NAMED, "one", fields={"0": ""})
    assert isinstance(one, Renamed)
    assert one.result.answer.names == {}, "an empty name: as it was"
    assert await outcome(chat, note, Action.NAMED, "all", fields={"7": "Nobody"}) == notice("press-unknown")


async def test_who_may_cancels_and_what_is_left_over_is_discarded(chat: Conversation, talk: Talk, voice: Path) -> None:
    talk.free.clear()
    note = chat.app.platform.note("1", voice)
    await chat.app.take(note)
    assert await outcome(chat, note, Action.CANCEL, rights=Allowed(cancel=False)) == notice("press-not-yours")
    assert await outcome(chat, note, Action.CANCEL, rights=Allowed(use=False)) == notice("press-cancelling")
    talk.free.set()
    await chat.app.end_of(note)
    too_late = text("en", "press-too-late")
    for handle, told in (("", Notice(too_late)), ("1", Notice(too_late)), ("9", Discard(too_late))):
        assert await outcome(chat, note, Action.CANCEL, message=handle) == told


async def test_the_question_that_the_asker_is_sent_aside_is_never_taken_for_what_is_left_over(
    chat: Conversation, voice: Path
) -> None:
    note = chat.app.platform.note("1", voice, ask_above=Micros(PRICE - 1))
    await chat.app.take(note)
    for part, handle in (("1", "placeholder"), ("owner 1", "aside")):
        await chat.core.posted.keep(note.id, part, handle)
    assert not await is_left_over(chat.core, note.id, "aside")
    assert await is_left_over(chat.core, note.id, "a crash's")
    await chat.core.intake.cancel(note.id)
    await chat.app.end_of(note)


async def test_only_who_pays_agrees_to_a_price_and_only_to_a_real_one(chat: Conversation, voice: Path) -> None:
    note = chat.app.platform.note("1", voice, ask_above=Micros(PRICE - 1))
    group = replace(note, key=replace(note.key, message="2"), payer="folder:club")
    await chat.app.take(note, group)
    nobody = Allowed(pay=False)
    assert await outcome(chat, note, Action.AGREE, str(PRICE), nobody) == notice("press-not-yours")
    assert await outcome(chat, group, Action.AGREE, str(PRICE), nobody) == notice("error-AdminsConfirm")
    for forged in ("", "x", "-5", "9" * 30):
        assert await outcome(chat, note, Action.AGREE, forged) == notice("press-too-late")
    await chat.core.people.decide(BEA, Access.BLOCKED)
    refused = await outcome(chat, note, Action.AGREE, str(PRICE), account=BEA)
    assert "no access to this service" in str(refused)
    for one in (note, group):
        await chat.core.intake.cancel(one.id)
        await chat.app.end_of(one)


async def test_a_run_that_failed_is_begun_again_once_and_only_the_last_is_charged(
    chat: Conversation, talk: Talk, voice: Path
) -> None:
    note = replace(chat.app.platform.note("1", voice), details={UNASKED: "yes"})
    talk.error = ProviderFailed(reason="gave-up")
    await chat.app.take(note)
    await chat.app.end_of(note)
    nobody = Allowed(pay=False)
    assert await outcome(chat, note, Action.RETRY, rights=nobody, account=BEA) == notice("press-not-yours")
    again = replace(note, key=replace(note.key, message="1/retry"), details={})
    assert await outcome(chat, note, Action.RETRY) == notice("press-running")
    await chat.app.end_of(again)
    talk.error = None
    third = replace(note, key=replace(note.key, message="1/retry/2"), details={})
    assert await outcome(chat, again, Action.RETRY, message="refusal") == notice("press-running")
    await chat.app.end_of(third)
    assert await outcome(chat, note, Action.RETRY) == notice("press-ran")
    assert await outcome(chat, third, Action.RETRY) == notice("press-unknown"), "it has its text"
    order = await chat.core.notes.order(third.id)
    assert order is not None
    assert order.note.details == {INSTEAD: "refusal"}
    await chat.core.reruns.begin(order.note, "es", Micros(PRICE), "1/es")
    beside = await chat.core.notes.order(replace(note, key=replace(note.key, message="1/es")).id)
    assert beside is not None
    assert beside.note.details == {}, "it takes the place of no message"
    await chat.app.end_of(beside.note)
    standings = [await chat.core.notes.standing(one.id) for one in (note, again, third)]
    assert [one and one.charged for one in standings] == [None, None, PRICE]


async def test_what_the_group_pays_is_begun_again_by_its_sender_and_by_no_other_member(
    chat: Conversation, talk: Talk, voice: Path
) -> None:
    note = replace(chat.app.platform.note("1", voice), payer="folder:club")
    talk.error = ProviderFailed(reason="gave-up")
    await chat.app.take(note)
    await chat.app.end_of(note)
    member = Allowed(pay=False)
    assert await outcome(chat, note, Action.RETRY, rights=member, account=BEA) == notice("error-AdminsConfirm")
    assert await outcome(chat, note, Action.RETRY, rights=member) == notice("press-running")
    await chat.app.end_of(replace(note, key=replace(note.key, message="1/retry")))


async def test_speakers_of_one_voice_are_not_told_apart_again(chat: Conversation, talk: Talk, voice: Path) -> None:
    talk.voices = 1
    note = await done(chat, voice, speakers=True)
    assert await outcome(chat, note, Action.SPEAKERS, "on") == notice("press-one-voice")
    assert len(talk.calls()) == 1
    result = await text_of(chat, note)
    assert "one voice" in footer("en", result.answer, Audience.OTHERS, result.note.options)
    assert "one voice" not in footer("en", result.answer, Audience.OTHERS, Options("paid"))
