"""Helpers for tests of Discord's double."""

import io
import json
from dataclasses import dataclass
from typing import Any

import discord as library
import httpx
from discord import app_commands

from tests.doubles.discord.server import Blob, Channel, Discord, Use

SOUND = Blob("note.ogg", b"OggS" * 10)


BUTTON = {"type": 2, "style": 2, "label": "Cancel", "custom_id": "cancel:1"}


MENU = {"type": 3, "custom_id": "menu", "placeholder": "Language", "options": [{"label": "Spanish", "value": "es"}]}


EVERYWHERE = {"integration_types": [0, 1], "contexts": [0, 1, 2]}


TRANSCRIBE = {"type": 3, "name": "Transcribe"} | EVERYWHERE


FILE = {"type": 11, "name": "file", "description": "A file", "required": True}


LANGUAGE = {"type": 3, "name": "language", "description": "A language", "autocomplete": True}


FORM = {"type": 3, "name": "form", "description": "A form", "choices": [{"name": "Text", "value": "txt"}]}


SLASH = {"type": 1, "name": "transcribe", "description": "A file", "options": [FILE, LANGUAGE, FORM]} | EVERYWHERE


class Clock:
    """It stands still unless it is moved."""

    def __init__(self) -> None:
        self.now = 1_800_000_000.0

    def __call__(self) -> float:
        return self.now


@dataclass
class Api:
    """Calls of the bot, by hand."""

    discord: Discord
    http: httpx.Client

    def __call__(self, method: str, path: str, body: object = None, **more: Any) -> httpx.Response:
        headers = {"Authorization": f"Bot {self.discord.token}"}
        return self.http.request(method, self.discord.api_url + path, json=body, headers=headers, **more)

    def post(self, channel: Channel, **body: Any) -> httpx.Response:
        return self("POST", f"/channels/{channel.id}/messages", body)

    def upload(self, channel: Channel, file: bytes, **body: Any) -> httpx.Response:
        form: dict[str, tuple[str | None, bytes]] = {"payload_json": (None, json.dumps(body).encode())}
        form["files[0]"] = ("text.txt", file)
        headers = {"Authorization": f"Bot {self.discord.token}"}
        return self.http.post(f"{self.discord.api_url}/channels/{channel.id}/messages", files=form, headers=headers)

    def answer(self, use: Use, kind: int, data: object = None) -> httpx.Response:
        path = f"/interactions/{use.id}/{use.token}/callback"
        return self("POST", path, {"type": kind} | ({"data": data} if data else {}), params={"with_response": "1"})

    def after(self, use: Use, method: str = "POST", what: str = "", **body: Any) -> httpx.Response:
        return self(method, f"/webhooks/{self.discord.application_id}/{use.token}{what}", body or None)


def refusal(answer: httpx.Response) -> tuple[int, int]:
    return answer.status_code, answer.json()["code"]


def mistake(answer: httpx.Response) -> str:
    """Return the place at which the form is wrong, as "embeds.0.description"."""
    assert refusal(answer) == (400, 50035)
    assert answer.headers["content-type"] == "application/json"
    where, errors = [], answer.json()["errors"]
    while "_errors" not in errors:
        [(name, errors)] = errors.items()
        where.append(name)
    return ".".join(where)


ROW = {"type": 1, "components": [BUTTON]}


@app_commands.context_menu(name="Transcribe")
@app_commands.allowed_installs(guilds=True, users=True)
@app_commands.allowed_contexts(guilds=True, dms=True, private_channels=True)
async def transcribe(interaction: library.Interaction, message: library.Message) -> None:
    await interaction.response.defer(thinking=True)
    view = library.ui.View(timeout=None)
    view.add_item(library.ui.Button(label="Rename", custom_id="rename"))
    names = " ".join(file.filename for file in message.attachments)
    file = library.File(io.BytesIO(b"the whole text"), "text.txt")
    await interaction.edit_original_response(content=f"heard {names}", view=view, attachments=[file])


@app_commands.command(name="say", description="Says it")
async def command(interaction: library.Interaction, file: library.Attachment, language: str = "") -> None:
    content = (await file.read()).decode()
    await interaction.response.send_message(f"{content} in {language}", ephemeral=True)
    await interaction.followup.send(str(interaction.filesize_limit))
