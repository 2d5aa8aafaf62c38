"""Strangers who asked in a chat to be let in, decided about at the terminal."""

from typing import TYPE_CHECKING

import typer
from rich.table import Table

from bot.cli.console import account_named, completed, out, settings_now
from bot.cli.operate import Account
from bot.domain.errors import BadUsage

if TYPE_CHECKING:
    from bot.people.access_requests import Decision

people = typer.Typer(help="Users who ask to be let in.", no_args_is_help=True)


def attach(app: typer.Typer) -> None:
    """Give the command line these commands."""
    app.add_typer(people, name="people")


@people.command(name="list")
def list_requests() -> None:
    """List the users who asked to be let in, and wait for a decision."""
    from bot.service import admin

    settings = settings_now()
    table = Table("account", "name", "asked")
    for one in completed(admin.access_requests(settings)):
        asked = one.asked_at.astimezone(settings.money.timezone)
        table.add_row(one.identity, one.name, f"{asked:%Y-%m-%d %H:%M}")
    out.print(table)


@people.command()
def approve(user: Account) -> None:
    """Let a user in who asked. `earmark allow` lets in one who did not."""
    from bot.people.access_requests import Decision

    _decide(user, Decision.APPROVED)


@people.command()
def decline(user: Account) -> None:
    """Decline a request; the user cannot ask again for a month."""
    from bot.people.access_requests import Decision

    _decide(user, Decision.DECLINED)


def _decide(user: str, decision: "Decision") -> None:
    from bot.service import admin

    who = account_named(user)
    found = completed(admin.decide_about(settings_now(), who, decision))
    if found is None:
        raise BadUsage(reason=f"{who} did not ask; see `earmark people list`")
    out.print(f"{who}: {found.request.decision}, by {found.request.decided_by}.")
