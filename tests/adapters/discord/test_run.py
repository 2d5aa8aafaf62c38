"""`earmark run` with a token of Discord: one command from the portal to the first transcript, and secrets nowhere."""

from pathlib import Path
from urllib.parse import parse_qs, quote, urlsplit

from discord import Permissions

from tests.doubles.discord.server import Discord, Guild, Person
from tests.doubles.nanogpt.server import KEY, serve
from tests.helpers.paths import SAMPLES
from tests.helpers.speech import reference, word_error_rate
from tests.helpers.terminal import Terminal, running, running_beside

VOICE = SAMPLES / "voice-note.ogg"
WRONG = "MTA4MTAwNDk0NjgyNDYzMDI3Mg.GrSxGx.somebody-else-s-token-which-is-not-ours"


def on(discord: Discord, tmp_path: Path, **also: str) -> Terminal:
    where = {
        "EARMARK_DISCORD_TOKEN": discord.token,
        "EARMARK_DISCORD_API_URL": discord.api_url,
        "EARMARK_DISCORD_GATEWAY_URL": discord.gateway_url,
    }
    return Terminal(tmp_path / "data", where | also)


async def test_one_command_leads_from_a_token_to_the_first_transcript_by_right_click(
    discord: Discord, guild: Guild, ada: Person, tmp_path: Path
) -> None:
    sent = guild.channel("general").say(ada, voice=VOICE, seconds=16)
    with running(on(discord, tmp_path), tmp_path / "log"):
        await discord.eventually(lambda: discord.connected and discord.commands, 60)
        use = ada.menu("Transcribe", sent)
        await discord.eventually(lambda: use.response and "English · 0:16 · whisper" in use.response.text, 90)
        assert use.response is not None
        said = use.response.content.split("\n\n")[0].replace("\\", "")
    assert word_error_rate(said, reference("voice-note.ogg")["text"]) <= 0.05
    assert use.seconds_to_answer < 3
    assert "earmark answers on Discord" in (tmp_path / "log").read_text()


async def test_tokens_are_in_no_log_no_request_no_answer_and_the_bot_s_in_no_file(
    discord: Discord, guild: Guild, ada: Person, tmp_path: Path
) -> None:
    """Also where calls fail, downloads break off, connections end, and Discord asks to wait."""
    channel = guild.channel("general")
    async with serve() as provider:
        terminal = on(
            discord,
            tmp_path,
            EARMARK_LOG_LEVEL="debug",
            EARMARK_NANOGPT_API_KEY=KEY,
            EARMARK_NANOGPT_BASE_URL=f"{provider.base_url}/api",
        )
        discord.cdn.failures = 1
        async with running_beside(terminal, tmp_path / "log"):
            await discord.eventually(lambda: discord.connected and discord.commands, 60)
            discord.fail("PATCH", "/webhooks/", 500)
            discord.fail("PATCH", "/webhooks/", drop=True)
            discord.fail("POST", "/messages", retry_after=0.2)
            discord.fail("POST", "/interactions/.*/callback", 503)
            uses = [ada.menu("Transcribe", channel.say(ada, voice=VOICE, seconds=16)) for _ in range(2)]
            await discord.eventually(
                lambda: "Whisper-Large-V3" in str([one.text for one in channel.answers]) and uses[1].response, 90
            )
            discord.cut()
            await discord.eventually(lambda: discord.connected, 30)
            exported = ada.slash("export", channel)
            await discord.eventually(lambda: exported.response and exported.response.files, 30)
        sent = [seen.body + seen.file + repr((seen.headers, seen.fields)).encode() for seen in provider.seen]
    assert sent
    assert exported.response is not None
    answers = [one for one in [*channel.answers, exported.response, *(use.response for use in uses)] if one is not None]
    answered = [repr((one.content, one.embeds)).encode() + b"".join(data for _, data in one.files) for one in answers]
    written = {path: path.read_bytes() for path in tmp_path.rglob("*") if path.is_file()}
    secret = discord.token.rpartition(".")[2]
    bot = [secret.encode(), quote(discord.token, safe="").encode(), discord.token.encode()]
    for where in (*sent, *answered, *written.values()):
        assert not any(form in where for form in bot)
    log = written[tmp_path / "log"]
    assert b"debug" in log
    for use in (*uses, exported):
        forms = (use.token.encode(), quote(use.token, safe="").encode())
        for where in (*sent, *answered, log):
            assert not any(form in where for form in forms)


def test_a_token_that_discord_does_not_know_is_one_sentence(discord: Discord, tmp_path: Path) -> None:
    for token, sentence in ((WRONG, "Discord does not know EARMARK_DISCORD_TOKEN"), ("hello", "is no token")):
        said = on(discord, tmp_path, EARMARK_DISCORD_TOKEN=token).earmark("run", within=60)
        assert said.code == 1
        assert sentence in said.err
        assert said.err.count("\n") <= 3
        assert token not in said.err


def test_the_doctor_says_what_works_without_the_message_content_intent(discord: Discord, tmp_path: Path) -> None:
    said = on(discord, tmp_path).earmark("doctor")
    assert "[ok] discord: earmark answers" in said.out
    assert "Message Content" not in said.out
    discord.intents_allowed.clear()
    without = on(discord, tmp_path).earmark("doctor")
    assert "channels set to auto need the Message Content intent" in without.out
    assert discord.sessions == []
    refused = on(discord, tmp_path, EARMARK_DISCORD_TOKEN=WRONG).earmark("doctor")
    assert "look at Bot in the developer portal" in refused.out


def test_the_invitation_asks_for_exactly_what_is_needed(discord: Discord, tmp_path: Path) -> None:
    said = on(discord, tmp_path).earmark("discord", "invite")
    server, person = (urlsplit(line) for line in said.out.splitlines() if line.startswith("https://"))
    asked = parse_qs(server.query)
    assert asked["client_id"] == [str(discord.application_id)]
    assert set(asked["scope"][0].split()) == {"bot", "applications.commands"}
    wanted = {name for name, given in Permissions(int(asked["permissions"][0])) if given}
    assert wanted == {
        "read_messages",
        "send_messages",
        "send_messages_in_threads",
        "read_message_history",
        "embed_links",
        "attach_files",
    }
    own = parse_qs(person.query)
    assert (own["scope"], own["integration_type"]) == (["applications.commands"], ["1"])
