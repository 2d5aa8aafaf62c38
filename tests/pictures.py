"""Draw the README's pictures from texts that the service really sends: `python -m tests.pictures`.

Start `earmark run` over the doubles of Telegram and Discord, with the embedded model and real speech. The pictures
are SVG files in docs/pictures. Draw them again when the texts in them change.
"""

import asyncio
import json
import textwrap
from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from pathlib import Path
from tempfile import TemporaryDirectory

import httpx

from tests.doubles.discord.server import Discord
from tests.doubles.telegram.server import BotApi
from tests.helpers.paths import ROOT, SAMPLES
from tests.helpers.terminal import Terminal, free_port, running_beside

PICTURES = ROOT / "docs" / "pictures"
VOICE, CONVERSATION = SAMPLES / "voice-note.ogg", SAMPLES / "conversation.ogg"
_SECONDS = 120
_WIDTH, _LINE, _PAD = 720, 20, 14
_MONO_COLUMNS, _SANS_COLUMNS = 80, 74


@dataclass(frozen=True, slots=True)
class Bubble:
    """One message of a chat."""

    sender: str
    text: str
    buttons: Sequence[str] = ()
    from_bot: bool = True


@dataclass(frozen=True, slots=True)
class Theme:
    """The colours of a chat, near to those of its platform."""

    background: str
    bubble: str
    own_bubble: str
    text: str
    button: str
    sender: str


TELEGRAM = Theme("#d5e4f0", "#ffffff", "#e3fdd0", "#111111", "#9fb8cc", "#2f7fb8")
DISCORD = Theme("#313338", "#313338", "#313338", "#dbdee1", "#4e5058", "#ffffff")


async def telegram_chat(folder: Path) -> list[Bubble]:
    """Send a voice note in a private chat; return the chat."""
    with BotApi() as telegram:
        ada = telegram.person("Ada", language="en")
        chat = telegram.private(ada, started=True)
        where = {
            "EARMARK_TELEGRAM_TOKEN": telegram.token,
            "EARMARK_TELEGRAM_BASE_URL": telegram.base_url,
            "EARMARK_TELEGRAM_BASE_FILE_URL": telegram.base_file_url,
        }
        async with running_beside(Terminal(folder / "data", where), folder / "log"):
            chat.say(ada, voice=VOICE)
            await telegram.eventually(lambda: any("whisper-base" in one.text for one in chat.answers), _SECONDS)
            await telegram.eventually(lambda: any(one.labels and "TXT" in one.labels for one in chat.answers), _SECONDS)
            answer = next(one for one in chat.answers if "TXT" in one.labels)
        return [Bubble("Ada", "▶ voice message, 0:16", from_bot=False), Bubble("Earmark", answer.text, answer.labels)]


async def discord_chat(folder: Path) -> list[Bubble]:
    """Ask for a voice message's text by the menu of the message; return the chat."""
    with Discord() as discord:
        ada = discord.person("Ada")
        sent = discord.guild("Home", owner=ada).channel("general").say(ada, voice=VOICE, seconds=16)
        where = {
            "EARMARK_DISCORD_TOKEN": discord.token,
            "EARMARK_DISCORD_API_URL": discord.api_url,
            "EARMARK_DISCORD_GATEWAY_URL": discord.gateway_url,
        }
        async with running_beside(Terminal(folder / "data", where), folder / "log"):
            await discord.eventually(lambda: discord.connected and discord.commands, _SECONDS)
            use = ada.menu("Transcribe", sent)
            await discord.eventually(lambda: use.response and "TXT" in use.response.buttons, _SECONDS)
        assert use.response is not None, "it was just there"
        text = use.response.text.replace("\\", "").replace("-# ", "")
        asked = Bubble("Ada", "▶ voice message, 0:16", ["Apps, Transcribe"], from_bot=False)
        return [asked, Bubble("Earmark", text, use.response.buttons)]


async def api_session(folder: Path) -> list[str]:
    """Make a key and transcribe by it; return what a terminal shows."""
    bind = f"127.0.0.1:{free_port()}"
    terminal = Terminal(folder / "data", {"EARMARK_API_BIND": bind})
    async with running_beside(terminal, folder / "log"):
        key = await asyncio.to_thread(terminal.earmark, "keys", "create", "ada")
        async with httpx.AsyncClient(base_url=f"http://{bind}", timeout=_SECONDS) as client:
            files = {"audio": (VOICE.name, VOICE.read_bytes(), "audio/ogg")}
            headers = {"x-api-key": key.out.strip()}
            while not await _is_ready(client):
                await asyncio.sleep(0.2)
            answer = await client.post("/api/transcribe", files=files, headers=headers)
    call = 'curl -H "x-api-key: em-..." -F audio=@voice-note.ogg http://127.0.0.1:8080/api/transcribe'
    body = json.dumps(answer.json(), indent=2, ensure_ascii=False)
    return ["$ earmark keys create ada", key.err.strip(), "em-...", f"$ {call}", *body.splitlines()]


async def _is_ready(client: httpx.AsyncClient) -> bool:
    try:
        return (await client.get("/readyz")).status_code == httpx.codes.OK
    except httpx.TransportError:
        return False


def demo_session(folder: Path) -> list[str]:
    """Return what `earmark demo` prints."""
    done = Terminal(folder / "data", {"USER": "ada", "LOGNAME": "ada"}).earmark("demo")
    assert done.code == 0, done.err
    return ["$ make demo", *done.out.splitlines()]


def draw_chat(bubbles: Sequence[Bubble], theme: Theme, title: str) -> str:
    """Return a chat as SVG."""
    parts: list[str] = []
    top = _PAD
    for bubble in bubbles:
        lines = [line for part in bubble.text.splitlines() for line in textwrap.wrap(part, _SANS_COLUMNS) or [""]]
        height = _LINE * (len(lines) + 1) + _PAD
        colour = theme.bubble if bubble.from_bot else theme.own_bubble
        parts.append(box(_PAD, top, _WIDTH - 2 * _PAD, height, colour))
        parts.append(text(2 * _PAD, top + _LINE, bubble.sender, theme.sender, "bold"))
        parts += [text(2 * _PAD, top + _LINE * (number + 2), line, theme.text) for number, line in enumerate(lines)]
        top += height + 6
        if bubble.buttons:
            parts += _buttons(bubble.buttons, top, theme)
            top += _LINE + 16
        top += 6
    return svg(parts, top + _PAD, theme.background, title, "sans-serif")


def draw_terminal(lines: Sequence[str], title: str) -> str:
    """Return a terminal's screen as SVG."""
    shown = [
        (part, line.startswith("$ "))
        for line in lines
        for part in textwrap.wrap(line, _MONO_COLUMNS, replace_whitespace=False, break_on_hyphens=False) or [""]
    ]
    parts = [
        text(_PAD, _PAD + _LINE * (number + 1) - 4, line, "#7ee787" if is_command else "#e6edf3")
        for number, (line, is_command) in enumerate(shown)
    ]
    return svg(parts, _LINE * len(shown) + 2 * _PAD, "#0d1117", title, "monospace")


def _buttons(labels: Sequence[str], top: int, theme: Theme) -> list[str]:
    parts, left = [], _PAD
    for label in labels:
        width = 9 * len(label) + 2 * _PAD
        parts.append(box(left, top, width, _LINE + 8, theme.button))
        parts.append(text(left + _PAD, top + _LINE - 1, label, "#ffffff"))
        left += width + 6
    return parts


def box(left: int, top: int, width: int, height: int, colour: str) -> str:
    return f'<rect x="{left}" y="{top}" width="{width}" height="{height}" rx="8" fill="{colour}"/>'


def text(left: int, base: int, text: str, colour: str, weight: str = "normal") -> str:
    words = escape(text)
    return f'<text x="{left}" y="{base}" fill="{colour}" font-weight="{weight}" xml:space="preserve">{words}</text>'


def svg(parts: Sequence[str], height: int, background: str, title: str, font: str) -> str:
    head = f'<svg xmlns="http://www.w3.org/2000/svg" width="{_WIDTH}" height="{height}" viewBox="0 0 {_WIDTH} {height}"'
    style = f'font-family="{font}" font-size="14" role="img">'
    ground = f'<rect width="100%" height="100%" rx="8" fill="{background}"/>'
    return "\n".join([f"{head} {style}", f"<title>{escape(title)}</title>", ground, *parts, "</svg>", ""])


async def main() -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with TemporaryDirectory() as name:
        folder = Path(name)
        for door in ("telegram", "discord", "api", "demo"):
            (folder / door).mkdir()
        _write("terminal", draw_terminal(demo_session(folder / "demo"), "earmark demo"))
        _write("http-api", draw_terminal(await api_session(folder / "api"), "A call of the HTTP API"))
        _write("telegram", draw_chat(await telegram_chat(folder / "telegram"), TELEGRAM, "A voice message on Telegram"))
        _write("discord", draw_chat(await discord_chat(folder / "discord"), DISCORD, "A voice message on Discord"))


def _write(picture: str, drawn: str) -> None:
    (PICTURES / f"{picture}.svg").write_text(drawn, "utf-8")


if __name__ == "__main__":
    asyncio.run(main())
