"""People: what they do with commands, buttons, menus and modals. What they cannot do fails the test."""

import asyncio
from collections.abc import Sequence
from typing import Any

from tests.doubles.discord.commands import MESSAGE, SLASH, filled, usable
from tests.doubles.discord.interactions import AUTOCOMPLETE, COMMAND, COMPONENT, Use
from tests.doubles.discord.messages import Post, Seen, components_of
from tests.doubles.discord.places import WITH_BOT, Channel, Said
from tests.doubles.discord.rules import BUTTON, SELECT, Json
from tests.doubles.discord.world import World, user_raw


class Person:
    """A person on Discord, or another bot."""

    def __init__(self, world: World, name: str, locale: str, *, is_bot: bool) -> None:
        self._world = world
        self.id = world.snowflake()
        self.name = name
        self.locale = locale
        self._raw = user_raw(self.id, name, is_bot=is_bot)
        world.people[self.id] = self

    def __repr__(self) -> str:
        return f"Person({self.name!r})"

    @property
    def raw(self) -> Json:
        return self._raw

    def menu(self, name: str, said: Said | Seen, channel: Channel | None = None, install: str = "") -> Use:
        """Use a command of a message's menu. `install` is "guild" or "user"; the first that fits if it is not told."""
        with self._world.lock:
            where = channel or self._world.channels[said.channel if isinstance(said, Seen) else said.channel.id]
            install = install or _install(where)
            command = usable(self._world, MESSAGE, name, where, self, install)
            target = where.post(said.id)
            data = _named(command) | {"target_id": str(said.id)}
            data["resolved"] = {"messages": {str(said.id): target.raw(sees=True)}}
            return self._use(COMMAND, where, _owners(where, self, install), data)

    def slash(self, name: str, channel: Channel, install: str = "", **options: Any) -> Use:
        """Use a command; "settings language" is a subcommand. A Path or a Blob is an attachment."""
        return self._slash(COMMAND, name, channel, install, options, "")

    def _slash(
        self, kind: int, name: str, channel: Channel, install: str, options: dict[str, Any], focused: str
    ) -> Use:
        with self._world.lock:
            install = install or _install(channel)
            first, *path = name.split()
            command = usable(self._world, SLASH, first, channel, self, install)
            options = {self._option(command, path, word): value for word, value in options.items()}
            partly = kind == AUTOCOMPLETE
            told, resolved = filled(self._world, channel, command, path, options, partly=partly)
            _focus(told, focused)
            data = _named(command) | {"options": told} | ({"resolved": resolved} if resolved else {})
            return self._use(kind, channel, _owners(channel, self, install), data)

    def _option(self, command: Json, path: Sequence[str], word: str) -> str:
        """The option by its name, or as she reads it."""
        options = command.get("options") or []
        for part in path:
            options = next((one["options"] for one in options if one["name"] == part), [])
        for option in options:
            if word in (option["name"], (option.get("name_localizations") or {}).get(self.locale)):
                return str(option["name"])
        return word

    def autocomplete(
        self, name: str, channel: Channel, option: str, text: str, install: str = "", **others: Any
    ) -> list[tuple[str, Any]]:
        """Return the bot's suggestions while she writes, as (name, value). It blocks until the bot answers."""
        not_in_a_loop()
        use = self._slash(AUTOCOMPLETE, name, channel, install, others | {option: text}, option)
        with self._world.lock:
            self._world.lock.wait_for(lambda: use.choices is not None, self._world.limits.answer_seconds)
            assert use.choices is not None, "the bot suggests nothing"
            return [(one["name"], one["value"]) for one in use.choices]

    def press(self, seen: Seen, label: str) -> Use:
        """Press a button that the message has now."""
        with self._world.lock:
            post = self._shown(seen)
            buttons = [one for one in components_of(post.components) if one["type"] == BUTTON]
            found = [one for one in buttons if one.get("label") == label]
            assert found, f"there is no button {label!r}, but {[one.get('label') for one in buttons]}"
            assert not found[0].get("disabled"), f"{label!r} is disabled"
            assert "custom_id" in found[0], f"{label!r} is a link"
            return self._press(post, {"component_type": BUTTON, "custom_id": found[0]["custom_id"]})

    def choose(self, seen: Seen, menu: str | int, *values: str) -> Use:
        """Choose from one of the message's menus, which is known by its placeholder or its place."""
        with self._world.lock:
            post = self._shown(seen)
            menus = [one for one in components_of(post.components) if one["type"] == SELECT]
            found = [one for number, one in enumerate(menus) if menu in (number, one.get("placeholder"))]
            assert found, f"there is no menu {menu!r}, but {[one.get('placeholder') for one in menus]}"
            known = {name: one["value"] for one in found[0]["options"] for name in (one["label"], one["value"])}
            assert known.keys() >= set(values), f"there is no {values!r}, but {sorted(known)}"
            least, most = found[0].get("min_values", 1), found[0].get("max_values", 1)
            assert least <= len(values) <= most, f"{len(values)} cannot be chosen"
            chosen = [known[value] for value in values]
            return self._press(post, {"component_type": SELECT, "custom_id": found[0]["custom_id"], "values": chosen})

    def forge(self, seen: Seen, custom_id: str, *values: str) -> Use:
        """A press with a custom id that the message never had."""
        with self._world.lock:
            data: Json = {"component_type": SELECT if values else BUTTON, "custom_id": custom_id}
            return self._press(self._shown(seen), data | ({"values": list(values)} if values else {}))

    def _shown(self, seen: Seen) -> Post:
        post = self._world.channels[seen.channel].post(seen.id)
        assert not post.deleted, "the message was deleted"
        assert post.for_one in (None, self.id), f"{self.name} does not see that message"
        return post

    def _press(self, post: Post, data: Json) -> Use:
        asked = post.asked or {}
        owners = asked.get("authorizing_integration_owners") or _owners(post.channel, self, _install(post.channel))
        return self._use(COMPONENT, post.channel, owners, data | {"id": 2}, post)

    def _use(self, kind: int, channel: Channel, owners: Json, data: Json, on: Post | None = None) -> Use:
        return Use(self._world, kind, self, self.locale, channel, owners, data, on).begin()


def not_in_a_loop() -> None:
    """For what would block it."""
    try:
        asyncio.get_running_loop()
    except RuntimeError:
        return
    raise AssertionError("this would block the loop: await asyncio.to_thread(...) it")


def _named(command: Json) -> Json:
    return {"id": command["id"], "name": command["name"], "type": command["type"]}


def _install(channel: Channel) -> str:
    there = channel.context == WITH_BOT or (channel.guild is not None and channel.guild.present)
    return "guild" if there else "user"


def _owners(channel: Channel, person: Person, install: str) -> Json:
    if install == "user":
        return {"1": str(person.id)}
    return {"0": str(channel.guild.id) if channel.guild else "0"}


def _focus(options: Sequence[Json], name: str) -> None:
    for option in options:
        if option["name"] == name and "value" in option:
            option["focused"] = True
        _focus(option.get("options", ()), name)
