"""Commands of the operator, the same as in a chat, and linking of accounts."""

import sys
from typing import Annotated
from uuid import uuid4

import typer

from bot.cli.arguments import User
from bot.cli.console import account_named, completed, out, settings_now

_ACCOUNT = "A name of this terminal, or platform:id of a user or a group."
Account = Annotated[str, typer.Argument(help=_ACCOUNT)]


def attach(app: typer.Typer) -> None:
    """Give the command line these commands."""
    for command in (refund, allowance, allow, block, unblock, role, pause, resume, link, unlink):
        app.command()(command)


def _obey(command: str, *words: str) -> None:
    from bot.service import admin

    told = completed(admin.obey(settings_now(), command, [word for word in words if word], str(uuid4())))
    out.print(told.text)


def refund(
    what: Annotated[str, typer.Argument(help="A note's id, or an account.")],
    dollars: Annotated[str, typer.Argument(help="Of what an account paid in.", show_default="")] = "",
) -> None:
    """Give back what a note was charged; or take out of an account what was paid back elsewhere."""
    _obey("refund", account_named(what) if dollars else what, dollars)


def allowance(
    user: Account,
    month: Annotated[str, typer.Argument(help="Dollars a month; or `default`, as the settings have it.")],
    day: Annotated[str, typer.Argument(help="The most of it in a day.", show_default="all of it")] = "",
) -> None:
    """Give an account an allowance of its own, from its next grant on."""
    _obey("allowance", account_named(user), month, day)


def allow(user: Account) -> None:
    """Admit a user or a group."""
    _obey("allow", account_named(user))


def block(user: Account) -> None:
    """Block a user, with all linked identities, or a group."""
    _obey("block", account_named(user))


def unblock(user: Account) -> None:
    """Remove a user or a group from both lists."""
    _obey("unblock", account_named(user))


def role(user: Account, role: Annotated[str, typer.Argument(help="operator, or user.")]) -> None:
    """Make a user an operator, or an operator a user."""
    _obey("role", account_named(user), role)


def pause(
    words: Annotated[list[str] | None, typer.Argument(help="What people are told.", show_default="")] = None,
) -> None:
    """Take no new notes, also after a restart; those in work are finished."""
    _obey("pause", *(words or []))


def resume() -> None:
    """Take notes again."""
    _obey("resume")


def link(
    code: Annotated[str, typer.Argument(help="The code; without it, one is made.", show_default="")] = "",
    user: User = "",
) -> None:
    """Join two accounts of one person: make a code for one of them, and say it for the other."""
    from bot.service import admin

    settings, account = settings_now(), account_named(user)
    if code:
        out.print(f"One account now: {', '.join(completed(admin.link(settings, account, code)))}.")
    else:
        sys.stdout.write(f"{completed(admin.link_code(settings, account))}\n")


def unlink(user: User = "") -> None:
    """Part an account's people again; the money stays with whose account it was."""
    from bot.service import admin

    left = completed(admin.unlink(settings_now(), account_named(user)))
    out.print(f"On accounts of their own now: {', '.join(left)}.")
