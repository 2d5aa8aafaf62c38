"""Reports for the operator: spending, and its comparison with the provider's list."""

import re
import sys
from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.bar import Bar as Stretch
from rich.table import Table

from bot.cli.arguments import AsJson
from bot.cli.console import completed, out, print_json, settings_now
from bot.domain.errors import BadUsage
from bot.domain.money import dollars

if TYPE_CHECKING:
    from bot.cli.plots import Bar
    from bot.ledger.reconciliation import Call, Comparison, Difference
    from bot.ledger.reports import By, Line

_BAR_WIDTH = 50
_NARROWEST = 24
"""Letters of a name that are side by side also if the screen is narrow."""
_SHOWN = {
    "charged": "charged",
    "returned": "returned",
    "given": "given",
    "cost": "cost",
    "lost": "lost",
    "margin": "margin",
    "paid_in": "paid in",
    "paid_out": "paid out",
}
"""The amounts that a table has room for, if there are any."""
_ALWAYS = ("charged", "cost", "lost", "margin")

Month = Annotated[str, typer.Argument(help="Such as 2026-11.", show_default="all months")]


class Form(StrEnum):
    """Format of printed figures."""

    TABLE = "table"
    CSV = "csv"
    JSON = "json"


class ComparisonFormat(StrEnum):
    """Format of a printed comparison."""

    TABLE = "table"
    JSON = "json"


def spend(
    month: Month = "",
    by: Annotated[
        str, typer.Option("--by", help="What is told apart: any of user, chat, model, platform, month.")
    ] = "user,model,month",
    form: Annotated[Form, typer.Option("--format", help="How it is printed.")] = Form.TABLE,
    as_json: AsJson = False,
    plot: Annotated[bool, typer.Option("--plot", help="Draw it, by month or by the first of --by.")] = False,
    png: Annotated[
        Path | None, typer.Option("--png", help="Draw that into a file; needs the extra earmark[plot].")
    ] = None,
) -> None:
    """Show charges, costs and the difference."""
    from bot.cli.plots import bars, write_png
    from bot.ledger.reports import as_csv, as_row
    from bot.service import admin

    settings = settings_now()
    chosen, asked_month = _chosen(by), _month_or_none(month)
    if plot or png is not None:
        first = _drawn_by(chosen)
        drawn = bars(completed(admin.report_of(settings, [first], asked_month)), first)
        if png is not None:
            write_png(drawn, png)
        if plot:
            _draw(drawn)
        return
    lines = completed(admin.report_of(settings, chosen, asked_month))
    if as_json or form is Form.JSON:
        print_json([as_row(line) for line in lines])
    elif form is Form.CSV:
        sys.stdout.flush()
        sys.stdout.buffer.write(as_csv(lines, chosen))
    else:
        out.print(_table(lines, chosen))


def reconcile(
    month: Annotated[str, typer.Option("--month", help="Such as 2026-11.", show_default="this month")] = "",
    since: Annotated[str, typer.Option("--from", help="The first day, such as 2026-11-01.", show_default=False)] = "",
    until: Annotated[str, typer.Option("--to", help="The last day.", show_default="today")] = "",
    form: Annotated[ComparisonFormat, typer.Option("--format", help="How it is printed.")] = ComparisonFormat.TABLE,
) -> None:
    """Compare the ledger with the provider's list, by UTC days. Exits with 0 if they agree, else with 1."""
    from bot.ledger.reconciliation import as_plain
    from bot.service import admin

    first, last = _days(month, since, until, datetime.now(UTC).date())
    found = completed(admin.reconcile(settings_now(), first, last))
    if form is ComparisonFormat.JSON:
        print_json(as_plain(found))
    else:
        _show(found)
    if found.differences:
        raise typer.Exit(1)


def _month_or_none(text: str) -> str | None:
    if text:
        _first_of(text)
    return text or None


def _first_of(month: str) -> date:
    if re.fullmatch(r"\d{4}-\d{2}", month, re.ASCII):
        try:
            return date.fromisoformat(f"{month}-01")
        except ValueError:
            pass
    raise BadUsage(reason=f"{month!r} is no month; write it like 2026-11")


def _day(text: str) -> date:
    if re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        try:
            return date.fromisoformat(text)
        except ValueError:
            pass
    raise BadUsage(reason=f"{text!r} is no day; write it like 2026-11-30")


def _days(month: str, since: str, until: str, today: date) -> tuple[date, date]:
    """The first and the last day that are asked for, none of them in the future."""
    from bot.ledger.reconciliation import MOST_DAYS

    if month and (since or until):
        raise BadUsage(reason="--month says both days: leave --from and --to out")
    if since or until:
        if not since:
            raise BadUsage(reason="--to needs --from")
        first, last = _day(since), min(_day(until) if until else today, today)
    else:
        first = _first_of(month) if month else today.replace(day=1)
        last = min((first + timedelta(days=31)).replace(day=1) - timedelta(days=1), today)
    if not timedelta(0) <= last - first < timedelta(days=MOST_DAYS):
        raise BadUsage(reason=f"from {first} to {last} are not 1 to {MOST_DAYS} days, up to today")
    return first, last


def _chosen(text: str) -> "list[By]":
    from bot.ledger.reports import By

    words = [word.strip().lower() for word in text.split(",") if word.strip()]
    unknown = [word for word in words if word not in set(By)]
    if unknown or not words:
        raise BadUsage(reason=f"--by takes any of {', '.join(By)}, with commas between; not {text[:80]!r}")
    return list(dict.fromkeys(By(word) for word in words))


def _drawn_by(chosen: "Sequence[By]") -> "By":
    from bot.ledger.reports import By

    return By.MONTH if By.MONTH in chosen else chosen[0]


def _table(lines: "Sequence[Line]", by: "Sequence[By]") -> Table:
    """Return the table. Columns that are zero in every line are left out, except the usual ones."""
    from bot.ledger.reports import columns_of, total

    columns = [name for name in columns_of(by) if name != "provider"]
    amounts = [name for name in _SHOWN if name in _ALWAYS or any(getattr(line, name) for line in lines)]
    table = Table(show_footer=len(lines) > 1)
    for name in columns:
        longest = max((len(line.where[name]) for line in lines), default=0)
        # A name is there to be typed: never cut, and never so narrow that nobody can read it.
        table.add_column(name, overflow="fold", min_width=min(longest, _NARROWEST))
    for name in ("notes", "minutes", *(_SHOWN[name] for name in amounts)):
        table.add_column(name, justify="right", no_wrap=True)
    for line in lines:
        table.add_row(*(line.where[name] for name in columns), *_cells_of(line, amounts))
    for column, told in zip(table.columns[len(columns) :], _cells_of(total(lines), amounts), strict=True):
        column.footer = told
    return table


def _cells_of(line: "Line", amounts: Sequence[str]) -> list[str]:
    return [str(line.notes), f"{line.seconds / 60:.1f}", *(dollars(getattr(line, name)) for name in amounts)]


def _draw(drawn: "Sequence[Bar]") -> None:
    longest = max((bar.size for bar in drawn), default=0.0)
    table = Table.grid(padding=(0, 1))
    for bar in drawn:
        stretch = Stretch(longest or 1.0, 0, bar.size, width=_BAR_WIDTH, color="cyan" if bar.label else "magenta")
        table.add_row(bar.label, bar.what, stretch, bar.told)
    out.print(table)


def _show(found: "Comparison") -> None:
    table = Table("day", "model", "calls", "booked", "listed", "charged")
    for cell in found.cells:
        table.add_row(
            cell.day.isoformat(),
            cell.model,
            str(len(cell.ours)),
            dollars(cell.booked),
            str(cell.listed),
            dollars(cell.charged),
        )
    if found.cells:
        out.print(table)
    for day in found.not_compared:
        out.print(f"{day}: the provider has no figures of this day yet, so it was not compared.")
    for one in found.differences:
        out.print(_sentence(one))
    both = f"booked {dollars(found.booked)}, charged {dollars(found.charged)}"
    if found.differences:
        out.print(f"From {found.first} to {found.last}: {both}; the differences make {dollars(found.difference)}.")
    else:
        out.print(f"From {found.first} to {found.last}: {both}; no differences.")


def _sentence(one: "Difference") -> str:
    many = f"{one.calls or 'some'} call{'' if one.calls == 1 else 's'}"
    said = {
        "unknown": f"{many} charged that our book does not have",
        "other cost": f"{many} charged at another cost than was booked",
        "unlisted": f"{many} booked that the provider does not charge",
    }[one.sort]
    named = "".join(f"\n  note {call.note_id}{_run(call)}, booked {dollars(call.cost)}" for call in one.named)
    return f"{one.day} {one.model}: {said}: {dollars(one.amount)}{':' if named else '.'}{named}"


def _run(call: "Call") -> str:
    lost = ", which was never answered" if call.stray else ""
    return f" (the provider's {call.run}){lost}" if call.run else lost
