"""A report as bars, for the terminal and for a picture."""

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from bot.domain.errors import BadSettings
from bot.domain.money import PER_DOLLAR, dollars
from bot.ledger.reports import By, Line

_INCHES_A_BAR = 0.25
_MOST_LETTERS = 40


@dataclass(frozen=True, slots=True)
class Bar:
    """One bar."""

    label: str
    """The label; "" for a second bar under the same label."""
    what: str
    size: float
    told: str
    """Its size in words."""


def bars(lines: Sequence[Line], by: By) -> list[Bar]:
    """Charge and cost in dollars; the minutes of sound if no money moved at all."""
    labels = [line.where[by.value] or "-" for line in lines]
    if not any(line.charged or line.cost for line in lines):
        return [
            Bar(label, "minutes", line.seconds / 60, f"{line.seconds / 60:.1f} min")
            for label, line in zip(labels, lines, strict=True)
        ]
    both: list[Bar] = []
    for label, line in zip(labels, lines, strict=True):
        both.append(Bar(label, "charged", line.charged / PER_DOLLAR, dollars(line.charged)))
        both.append(Bar("", "cost", line.cost / PER_DOLLAR, dollars(line.cost)))
    return both


def write_png(drawn: Sequence[Bar], path: Path) -> None:
    """Draw them into a file. Raises BadSettings if matplotlib is not installed, or the file cannot be written."""
    try:
        from matplotlib.figure import Figure  # the heaviest thing here, which few ask for
    except ImportError as error:
        raise BadSettings(
            reason='--png needs matplotlib, which comes with an extra: pip install "earmark[plot]"'
        ) from error
    whats = list(dict.fromkeys(bar.what for bar in drawn))
    figure = Figure(figsize=(8, 1.5 + _INCHES_A_BAR * len(drawn)), layout="constrained")
    axes = figure.subplots()
    for what in whats:
        places = [place for place, bar in enumerate(drawn) if bar.what == what]
        shown = axes.barh(places, [drawn[place].size for place in places], label=what)
        # What stands between two dollar signs would be read as a formula.
        axes.bar_label(shown, [drawn[place].told for place in places], padding=3, parse_math=False)
    axes.set_yticks(range(len(drawn)), [bar.label[:_MOST_LETTERS] for bar in drawn], parse_math=False)
    axes.invert_yaxis()
    axes.margins(x=0.15)
    axes.set_xlabel("minutes" if "minutes" in whats else "dollars")
    if len(whats) > 1:
        axes.legend()
    try:
        figure.savefig(path, format="png")
    except OSError as error:
        raise BadSettings(reason=f"{path} cannot be written ({error.strerror})") from error
