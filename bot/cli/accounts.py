"""Commands of the operator: accounts and their spending, keys."""

import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.table import Table

from bot.cli.arguments import AsJson, User
from bot.cli.console import account_named, balance_line, completed, err, locale_now, out, print_json, settings_now
from bot.cli.reports import reconcile, spend
from bot.domain.errors import BadUsage
from bot.domain.money import dollars, micros
from bot.locales import error_text

if TYPE_CHECKING:
    from bot.notes.views import Standing

keys = typer.Typer(help="Keys of the HTTP API.", no_args_is_help=True)


def attach(app: typer.Typer) -> None:
    """Give the command line these commands."""
    for command in (balance, spend, reconcile, credit, jobs, export, forget):
        app.command()(command)
    app.add_typer(keys, name="keys")


def balance(user: User = "", as_json: AsJson = False) -> None:
    """Show an account's balance, its holds and its spending."""
    from bot.service import admin

    found = completed(admin.balance_of(settings_now(), account_named(user)))
    if as_json:
        print_json(
            {
                "user": found.user,
                "plan": found.plan,
                "balance_micros": found.balance,
                "held_micros": found.held,
                "spent_micros": found.spent,
                "spent_this_month_micros": found.spent_this_month,
                "notes": found.notes,
            }
        )
    else:
        out.print(balance_line(found))


def credit(
    user: Annotated[str, typer.Argument(help="A name of this terminal, or platform:id.")],
    amount: Annotated[str, typer.Argument(help="Dollars, such as 5 or 0.25.")],
) -> None:
    """Add money to an account."""
    from bot.service import admin

    try:
        added = micros(amount)
    except ValueError as error:
        raise BadUsage(reason=str(error)) from error
    if added == 0:
        raise BadUsage(reason="nothing to add")
    found = completed(admin.credit(settings_now(), account_named(user), added))
    out.print(f"{dollars(added)} added. {balance_line(found)}")


def jobs(
    user: Annotated[str, typer.Option("--user", help="Only this account's.", show_default="everybody's")] = "",
    limit: Annotated[int, typer.Option(min=1, max=1000, help="How many, newest first.")] = 20,
) -> None:
    """List the latest notes, with the progress of each."""
    from bot.rendering import timestamp
    from bot.service import admin

    settings = settings_now()
    table = Table("when", "user", "file", "length", "state", "paid")
    zone = settings.money.timezone
    for one in completed(admin.jobs_of(settings, account_named(user) if user else None, limit)):
        table.add_row(
            f"{one.created_at.astimezone(zone):%Y-%m-%d %H:%M}",
            one.account,
            one.name,
            "" if one.seconds is None else timestamp(one.seconds),
            _state(one),
            "" if one.charged is None else dollars(one.charged),
        )
    out.print(table)


def export(
    user: Annotated[str, typer.Argument(help="Who asked for it: a name of this terminal, or platform:id.")],
    file: Annotated[Path, typer.Argument(help="A new ZIP file.")],
) -> None:
    """Write all that is stored about a person into a file, of all the platforms that are theirs."""
    from bot.service import admin

    notes = completed(admin.export(settings_now(), account_named(user), file))
    out.print(f"{file}: all that is stored about {account_named(user)}, {_counted(notes)} among it.")


def forget(
    user: Annotated[str, typer.Argument(help="Who asked for it: a name of this terminal, or platform:id.")],
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask first.")] = False,
) -> None:
    """Delete all that is stored about a person, on all the platforms that are theirs; the books keep amounts."""
    from bot.service import admin

    who = account_named(user)
    if not yes:
        typer.confirm(f"Delete all that is stored about {who} for good?", abort=True)
    forgotten, is_all = completed(admin.forget(settings_now(), who))
    out.print(f"{', '.join(forgotten.identities)}: deleted, with {_counted(forgotten.notes)}.")
    if forgotten.unfinished:
        out.print(f"{_counted(forgotten.unfinished)} cancelled, to be deleted by the service as soon as that is done.")
    elif not is_all:
        out.print("The service deletes what it still holds within a minute, or at its next start.")
    for key in forgotten.keys:
        out.print(f"Key {key} still opens the account: earmark keys revoke {key}")


@keys.command()
def create(
    name: Annotated[str, typer.Argument(help="Whose key: letters, digits, dot, dash. Its account is api:NAME.")],
    allowance: Annotated[str, typer.Option(help="Dollars a month for this account.", show_default="as settings")] = "",
) -> None:
    """Make a key for the HTTP API. It is printed once and stored nowhere."""
    from bot.service import admin

    key_id, secret = completed(admin.create_key(settings_now(), name, allowance))
    err.print(f"earmark: key {key_id} for api:{name}; it will not be shown again:")
    sys.stdout.write(secret + "\n")


@keys.command(name="list")
def list_keys() -> None:
    """List the keys of the HTTP API by name; the keys themselves are never shown."""
    from bot.service import admin

    settings = settings_now()
    zone = settings.money.timezone
    table = Table("id", "name", "account", "made", "revoked")
    for key in completed(admin.keys_of(settings)):
        revoked = "" if key.revoked_at is None else f"{key.revoked_at.astimezone(zone):%Y-%m-%d %H:%M}"
        table.add_row(key.id, key.name, key.account, f"{key.created_at.astimezone(zone):%Y-%m-%d %H:%M}", revoked)
    out.print(table)


@keys.command()
def revoke(key_id: Annotated[str, typer.Argument(help="As `earmark keys list` shows it.")]) -> None:
    """Make a key of the HTTP API fail from now on."""
    from bot.service import admin

    if not completed(admin.revoke_key(settings_now(), key_id)):
        raise BadUsage(reason=f"there is no key {key_id} in use; see `earmark keys list`")
    out.print(f"{key_id} is revoked.")


def _counted(notes: int) -> str:
    return f"{notes} recording{'' if notes == 1 else 's'}"


def _state(one: "Standing") -> str:
    if one.error is not None:
        return error_text(locale_now(), one.error)
    if one.stage is not None and not one.state.is_final:
        return f"{one.stage} {'' if one.progress is None else f'{one.progress:.0%}'}".strip()
    return one.state
