"""Delivery of updates to the bot: it asks for them and waits, or they are posted to its webhook."""

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.doubles.telegram.rules import CONFLICT, WEBHOOK_IS_SET, Refused
from tests.doubles.telegram.wire import CHUNK, Cut, Line
from tests.doubles.telegram.world import Json, World


@dataclass(slots=True)
class Poller:
    changed: asyncio.Event = field(default_factory=asyncio.Event)
    ousted: bool = False


class Delivery:
    """Both ways, in the server's loop. `wake` tells of every change."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._changed = asyncio.Event()
        self._poller: Poller | None = None

    def wake(self) -> None:
        self._changed.set()
        if self._poller is not None:
            self._poller.changed.set()

    async def poll(self, asked: Json, line: Line) -> bytes:
        """Wait for updates as long as the bot wants to, is there, and has no second instance."""
        poller = Poller()
        with self._world.lock:
            if self._world.webhook is not None:
                raise Refused(409, WEBHOOK_IS_SET)
            self._world.updates.allow(asked.get("allowed_updates"))
            self._world.updates.skip(asked.get("offset", 0))
            self._world.notify()
        if self._poller is not None:
            self._poller.ousted = True
            self._poller.changed.set()
        self._poller = poller
        until = asyncio.get_running_loop().time() + min(asked.get("timeout", 0), 50)
        hung_up = asyncio.ensure_future(line.reader.read(CHUNK))
        try:
            return await self._wait_for_updates(poller, until, min(max(asked.get("limit", 100), 1), 100), hung_up)
        finally:
            self._poller = None if self._poller is poller else self._poller
            if hung_up.done():
                line.http.receive_data(hung_up.result())
            hung_up.cancel()

    async def _wait_for_updates(
        self, poller: Poller, until: float, limit: int, hung_up: "asyncio.Future[bytes]"
    ) -> bytes:
        while not poller.ousted:
            poller.changed.clear()
            if self._world.away:
                raise Cut
            if self._world.webhook is not None:
                raise Refused(409, "Conflict: terminated by setWebhook request")
            with self._world.lock:
                told = self._world.updates.told(limit)
                answer = json.dumps({"ok": True, "result": told}).encode()
            left = until - asyncio.get_running_loop().time()
            if told or left <= 0:
                return answer
            changed = asyncio.ensure_future(poller.changed.wait())
            both: set[asyncio.Future[Any]] = {changed, hung_up}
            await asyncio.wait(both, timeout=left, return_when=asyncio.FIRST_COMPLETED)
            changed.cancel()
            if hung_up.done():
                raise Cut
        raise Refused(409, CONFLICT)

    async def post_updates(self) -> None:
        """To the webhook, in order, each one until it is taken."""
        async with httpx.AsyncClient(trust_env=False, timeout=10) as client:
            while True:
                self._changed.clear()
                with self._world.lock:
                    hook = self._world.webhook
                    update = self._world.updates.first()
                if hook is None or update is None or self._world.away:
                    await self._changed.wait()
                elif await self._posted(client, hook, update):
                    with self._world.lock:
                        self._world.updates.take(update)
                        self._world.notify()
                else:
                    await asyncio.sleep(self._world.limits.webhook_pause)

    async def _posted(self, client: httpx.AsyncClient, hook: Json, update: Json) -> bool:
        secret = hook.get("secret_token")
        headers = {"X-Telegram-Bot-Api-Secret-Token": secret} if secret else {}
        try:
            answer = await client.post(hook["url"], json=update, headers=headers)
            problem = "" if answer.is_success else f"Wrong response from the webhook: {answer.status_code}"
        except httpx.HTTPError:
            problem = "Connection refused"
        with self._world.lock:
            self._world.posted.append(update["update_id"])
            when = {"last_error_date": self._world.now, "last_error_message": problem}
            self._world.webhook_error = when if problem else self._world.webhook_error
        return not problem
