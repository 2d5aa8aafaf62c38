"""What every chat platform says in the same words: how far a note is, what it cost, what is left, what is chosen."""

from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import groupby

from bot.domain.errors import BudgetShort, DayShort
from bot.domain.languages import language_name
from bot.domain.money import dollars
from bot.domain.note import AUTO, Answer, Balance, Note, NoteState, Plan, Progress, Refusal, Stage
from bot.ledger.ledger import Spend
from bot.locales import say
from bot.notes.repository import Standing
from bot.people.preferences import NEVER, Choice, Chosen
from bot.rendering import timestamp

_MONTHS = 12
_LONGEST_NAME = 40
_PLATFORMS = {"api": "HTTP API", "console": "Terminal", "discord": "Discord", "telegram": "Telegram"}
_TONGUES = {"en": "English", "de": "Deutsch", "es": "Español", "ru": "Русский"}


class Eyes(StrEnum):
    """Who reads it."""

    OWNER = "owner"
    """Nobody but whoever pays."""
    OTHERS = "others"
    """Other people too."""
    CUSTOMERS = "customers"
    """People who have no business with what it cost."""


def stage(tongue: str, note: Note, progress: Progress | None, eyes: Eyes) -> str:
    """How far a note is, or what it waits for; None: it was just taken. Customers are not told the price."""
    if progress is not None and progress.stage is Stage.WAITING:
        return progress.why
    if progress is not None and progress.stage is Stage.ASKING:
        return say(tongue, "placeholder-asking", price=dollars(progress.price or 0))
    facts = [_doing(tongue, progress), note.options.model]
    if progress is not None and progress.price and eyes is not Eyes.CUSTOMERS:
        facts.append(say(tongue, "placeholder-price", price=dollars(progress.price)))
    return " · ".join(facts)


def _doing(tongue: str, progress: Progress | None) -> str:
    if progress is None:
        return say(tongue, "placeholder-taken")
    if progress.stage is Stage.QUEUED:
        if progress.place is None:
            return say(tongue, "placeholder-taken")
        return say(tongue, "placeholder-queued", before=max(progress.place - 1, 0))
    if progress.stage is Stage.TRANSCRIBING and progress.fraction is not None:
        return say(tongue, "placeholder-transcribing-percent", percent=int(100 * progress.fraction))
    return say(tongue, f"placeholder-{progress.stage.value}")


def footer(tongue: str, answer: Answer, eyes: Eyes) -> str:
    """In which language, how long, by which model, and what it cost."""
    said = answer.transcript
    facts = [language_name(said.language), timestamp(said.seconds), said.model, *_money(tongue, answer, eyes)]
    return " · ".join(fact for fact in facts if fact)


def _money(tongue: str, answer: Answer, eyes: Eyes) -> Iterator[str]:
    """What it cost, but not for customers; and what is left, for the eyes of who pays alone."""
    if eyes is Eyes.CUSTOMERS:
        return
    if answer.known:
        yield say(tongue, "footer-known")
    elif answer.plan is Plan.OPEN:
        if answer.charged:
            yield say(tongue, "footer-counted", cost=dollars(answer.charged))
    elif answer.charged:
        yield say(tongue, "footer-charged", charged=dollars(answer.charged))
        if eyes is Eyes.OWNER:
            yield say(tongue, "footer-left", available=dollars(answer.available))


def refusal(tongue: str, refused: Refusal, eyes: Eyes) -> str:
    """Why there is no text. What is left to spend is told to its owner alone."""
    if eyes is not Eyes.OWNER and refused.code == BudgetShort.__name__:
        return say(tongue, "answer-budget-short")
    if eyes is not Eyes.OWNER and refused.code == DayShort.__name__:
        return say(tongue, "answer-day-short")
    return refused.sentence


def balance(tongue: str, found: Balance) -> list[str]:
    """What is left, what is set aside, what was spent; one line each."""
    available = dollars(found.balance - found.held)
    left = {
        Plan.OPEN: say(tongue, "balance-open"),
        Plan.ALLOWANCE: say(tongue, "balance-allowance", available=available),
        Plan.PREPAID: say(tongue, "balance-prepaid", available=available),
    }[found.plan]
    held = [say(tongue, "balance-held", held=dollars(found.held))] if found.held else []
    month = say(tongue, "balance-spent", month=dollars(found.spent_this_month), ever=dollars(found.spent))
    return [left, *held, month]


def platforms(identities: Sequence[str]) -> str:
    """On which platforms somebody is, by name: "Discord, Telegram (2)"."""
    found = Counter(identity.partition(":")[0] for identity in identities)
    names = ((_PLATFORMS.get(one, one), number) for one, number in sorted(found.items()))
    return ", ".join(name if number == 1 else f"{name} ({number})" for name, number in names)


def parting(tongue: str, who: str, leaving: Sequence[str], shared: Sequence[str]) -> str:
    """The question before somebody's identities part, which says who keeps the money."""
    staying = [one for one in shared if one not in leaving]
    key = "unlink-leave" if who in leaving else "unlink-stay"
    return say(tongue, key, leaving=platforms(leaving), staying=platforms(staying))


def recent(tongue: str, notes: Sequence[Standing]) -> list[str]:
    """A title, and a line for each note; nothing where there are none."""
    return [say(tongue, "balance-recent"), *(f"• {one_note(tongue, note)}" for note in notes)] if notes else []


def one_note(tongue: str, note: Standing) -> str:
    """When it was sent, its name and length, how it ended and what it cost."""
    when = note.created_at.strftime("%Y-%m-%d %H:%M")
    length = "" if note.seconds is None else timestamp(note.seconds)
    ended = say(tongue, f"state-{note.state.value}")
    price = dollars(note.charged) if note.charged is not None and note.state is NoteState.DONE else ""
    return " · ".join(fact for fact in (when, note.name[:_LONGEST_NAME], length, ended, price) if fact)


def usage(tongue: str, spent: Sequence[Spend]) -> list[str]:
    """A line for each of the last months, the newest first; one that says so where there is nothing."""
    lines = []
    for month, found in groupby(spent, key=lambda row: row.month):
        rows = list(found)
        charged, notes = sum(row.charged for row in rows), sum(row.notes for row in rows)
        length = timestamp(sum(row.seconds for row in rows))
        lines.append(say(tongue, "usage-month", month=month, notes=notes, length=length, charged=dollars(charged)))
    return lines[:_MONTHS] or [say(tongue, "usage-none")]


def setting(tongue: str, chosen: Chosen, choice: Choice) -> str:
    """One value and where it comes from: "Language: Spanish (your choice)"."""
    source = say(tongue, f"source-{chosen.sources[choice].value}")
    return f"{title(tongue, choice)}: {value(tongue, choice, chosen.values[choice])} ({source})"


def title(tongue: str, choice: Choice) -> str:
    return say(tongue, f"setting-{choice.value.replace('_', '-')}")


def about(tongue: str, choice: Choice) -> str:
    """A sentence on what is chosen here."""
    return say(tongue, f"about-{choice.value.replace('_', '-')}")


def value(tongue: str, choice: Choice, chosen: str) -> str:
    """A value as people read it."""
    if choice is Choice.LANGUAGE:
        return say(tongue, "value-auto") if chosen == AUTO else language_name(chosen)
    if choice is Choice.ASK_ABOVE:
        if chosen in ("", NEVER):
            return say(tongue, "value-never")
        return say(tongue, "value-above", price=f"${chosen.removeprefix('$')}")
    if choice is Choice.TONGUE:
        return _TONGUES.get(chosen, chosen) if chosen else say(tongue, "value-like-app")
    if choice in (Choice.SPEAKERS, Choice.FORMAT, Choice.MODE):
        return say(tongue, f"value-{choice.value}-{chosen}")
    return chosen
