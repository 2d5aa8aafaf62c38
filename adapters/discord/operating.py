"""The commands of those who run the service: what each takes, and what is answered, seen by its asker alone."""

from collections.abc import Callable, Coroutine
from dataclasses import dataclass, replace
from inspect import Parameter, Signature
from typing import Any

import discord
from discord import app_commands

from adapters.discord.callers import caller_of
from adapters.discord.client import EarmarkClient
from adapters.discord.context import Context
from adapters.discord.interaction_replies import Reply, answer
from adapters.discord.localization import told
from adapters.discord.pages import plain
from adapters.discord.places import PLATFORM
from bot.chat.command_table import DISCORD, operators_commands
from bot.chat.operator_commands import Request
from bot.chat.pages import File
from bot.people.access import Role

_Used = discord.Interaction[EarmarkClient]
_Callback = Callable[..., Coroutine[Any, Any, None]]


@dataclass(frozen=True, slots=True)
class _Field:
    """Something to fill in; `option-<about>` in the catalogs describes it."""

    name: str
    about: str
    is_needed: bool = True
    values: tuple[str, ...] = ()
    """Where only these can be chosen."""

    @property
    def parameter(self) -> Parameter:
        default = Parameter.empty if self.is_needed else ""
        return Parameter(self.name, Parameter.KEYWORD_ONLY, default=default, annotation=str)


_ACCOUNT = _Field("account", "account")
_FIELDS = {
    "spend": (_Field("month", "month", is_needed=False), _Field("form", "form", is_needed=False, values=("csv",))),
    "credit": (_ACCOUNT, _Field("amount", "amount")),
    "refund": (_Field("what", "refund"), _Field("amount", "amount", is_needed=False)),
    "allowance": (_ACCOUNT, _Field("monthly", "monthly"), _Field("daily", "daily", is_needed=False)),
    "allow": (_ACCOUNT,),
    "block": (_ACCOUNT,),
    "unblock": (_ACCOUNT,),
    "role": (_ACCOUNT, _Field("role", "role", values=(Role.OPERATOR.value, Role.USER.value))),
    "pause": (_Field("words", "words", is_needed=False),),
}
"""In the order in which the words stand behind the command where it is typed. Other commands take nothing."""


def callbacks(context: Context) -> dict[str, _Callback]:
    """One for each of the table."""
    return {one.name: _obeying(context, one.name) for one in operators_commands(DISCORD)}


def _obeying(context: Context, command: str) -> _Callback:
    fields = _FIELDS.get(command, ())

    async def obey(interaction: _Used, **filled: str) -> None:
        async def reply() -> Reply:
            caller = await caller_of(context, interaction)
            words = [filled[field.name] for field in fields if filled.get(field.name)]
            request = Request(caller.account, caller.locale, f"{PLATFORM}:{interaction.id}", words)
            done = await context.operators.answer(command, request)
            file = File(*done.file) if done.file is not None else None
            return Reply(replace(plain(done.text), file=file))

        await answer(interaction, reply())

    # discord.py makes a command's fields of its callback's parameters.
    used = Parameter("interaction", Parameter.POSITIONAL_OR_KEYWORD, annotation=_Used)
    obey.__signature__ = Signature([used, *(field.parameter for field in fields)])  # type: ignore[attr-defined]
    for field in fields:
        obey = app_commands.describe(**{field.name: told(f"option-{field.about}")})(obey)
        if field.values:
            choices = [app_commands.Choice(name=value, value=value) for value in field.values]
            obey = app_commands.choices(**{field.name: choices})(obey)
    return obey
