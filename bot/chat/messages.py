"""Texts that all chat platforms share: a note's progress, its price, the balance, the settings."""

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from enum import StrEnum
from itertools import groupby

from bot.domain.billing import Balance, Plan
from bot.domain.errors import BadSettings, BudgetShort, DayShort, ModelMissing, NeedsLink, OperatorError
from bot.domain.identity import platform_of
from bot.domain.money import from_shown
from bot.domain.note import AUTO, Answer, Note, Options, Progress, Refusal, Stage
from bot.ledger.statements import Spend
from bot.locales import ENGLISH, error_text, language_title, money, text, wait_text
from bot.people.preferences import NEVER, Choice, Chosen
from bot.rendering import timestamp

LONG_SECONDS = 45.0
"""Time left from which it is told."""
_MONTHS = 12
_FOR_THE_OPERATOR = (BadSettings, ModelMissing, NeedsLink)
"""Errors whose sentence tells the operator what to do."""
_INTERFACE_LANGUAGES = {"en": "English", "de": "Deutsch", "es": "Español", "ru": "Русский"}


class Audience(StrEnum):
    """The readers of a text."""

    OWNER = "owner"
    """The user who pays, alone."""
    OTHERS = "others"
    """Other users too."""
    CUSTOMERS = "customers"
    """Customers of a business account, who are not told the price."""


def stage(locale: str, note: Note, progress: Progress | None, audience: Audience) -> str:
    """Return a note's stage, or the reason of its wait; None: it was just taken. Customers are not told the price."""
    if progress is not None and progress.stage is Stage.WAITING and progress.wait is not None:
        return wait_text(locale, progress.wait)
    if progress is not None and progress.stage is Stage.ASKING:
        return text(locale, "placeholder-asking", price=money(locale, progress.price or 0))
    facts = [_doing(locale, progress), note.options.model]
    if progress is not None and progress.price and audience is not Audience.CUSTOMERS:
        facts.append(text(locale, "placeholder-price", price=money(locale, progress.price)))
    return " · ".join(facts)


def _doing(locale: str, progress: Progress | None) -> str:
    if progress is None:
        return text(locale, "placeholder-taken")
    if progress.stage is Stage.QUEUED:
        if progress.place is None:
            return text(locale, "placeholder-taken")
        return text(locale, "placeholder-queued", before=max(progress.place - 1, 0))
    if progress.stage is Stage.TRANSCRIBING and progress.fraction is not None:
        percent, left = int(100 * progress.fraction), progress.seconds_left
        if left is not None and left >= LONG_SECONDS:
            return text(locale, "placeholder-transcribing-left", percent=percent, minutes=math.ceil(left / 60))
        return text(locale, "placeholder-transcribing-percent", percent=percent)
    return text(locale, f"placeholder-{progress.stage.value}")


def footer(locale: str, answer: Answer, audience: Audience, options: Options) -> str:
    """Return the language, length, model and price of an answer, in one line, and above it why it was cut short.

    It also tells that all of it is one voice, if speakers were to be told apart.
    """
    said = answer.transcript
    voices = {segment.speaker for segment in said.segments} - {None}
    facts = [
        language_title(locale, said.language),
        timestamp(said.seconds),
        text(locale, "footer-one-voice") if options.speakers and len(voices) == 1 else "",
        said.model,
        *_money(locale, answer, audience),
    ]
    line = " · ".join(fact for fact in facts if fact)
    return "\n".join(filter(None, (cut_short(locale, answer), line)))


def cut_short(locale: str, answer: Answer) -> str:
    """Return the reason why the rest of a recording was not transcribed; "" for a whole text."""
    return text(locale, "answer-cut-short", reason=answer.cut_short) if answer.cut_short else ""


def _money(locale: str, answer: Answer, audience: Audience) -> Iterator[str]:
    """Yield the price, except for customers; and the balance, for the user who pays alone."""
    if audience is Audience.CUSTOMERS:
        return
    if answer.plan is Plan.OPEN:
        if answer.charged:
            yield text(locale, "footer-counted", cost=money(locale, answer.charged))
    elif answer.charged:
        yield text(locale, "footer-charged", charged=money(locale, answer.charged))
        if audience is Audience.OWNER:
            yield text(locale, "footer-left", available=money(locale, answer.available))


def refusal(locale: str, refused: Refusal, audience: Audience) -> str:
    """Return the reason why there is no text.

    The balance is told to its owner alone, and advice for the operator to no user.
    """
    if audience is not Audience.OWNER and refused.code == BudgetShort.__name__:
        return text(locale, "answer-budget-short")
    if audience is not Audience.OWNER and refused.code == DayShort.__name__:
        return text(locale, "answer-day-short")
    if isinstance(refused.error, _FOR_THE_OPERATOR) or refused.code == OperatorError.__name__:
        return text(locale, "answer-not-set-up")
    return error_text(locale, refused.error)


def balance(locale: str, found: Balance) -> list[str]:
    """Return the money that is left, held and spent; one line each."""
    available = money(locale, found.balance - found.held)
    left = {
        Plan.OPEN: text(locale, "balance-open"),
        Plan.ALLOWANCE: text(locale, "balance-allowance", available=available),
        Plan.PREPAID: text(locale, "balance-prepaid", available=available),
    }[found.plan]
    held = [text(locale, "balance-held", held=money(locale, found.held))] if found.held else []
    month = text(locale, "balance-spent", month=money(locale, found.spent_this_month), ever=money(locale, found.spent))
    return [left, *held, month]


def platforms(identities: Sequence[str]) -> str:
    """Return the titles of a user's platforms, with the number of identities if there are several: "Terminal (2)"."""
    found = Counter(platform_of(identity) for identity in identities)
    names = ((platform_title(one), number) for one, number in sorted(found.items()))
    return ", ".join(name if number == 1 else f"{name} ({number})" for name, number in names)


def platform_title(platform: str) -> str:
    """Return a platform's title, which is the same in all languages; of one that is gone its name."""
    try:
        return text(ENGLISH, f"platform-{platform}")
    except KeyError:
        return platform


def parting(locale: str, who: str, leaving: Sequence[str], shared: Sequence[str]) -> str:
    """Return the question before a user's identities part; it names the ones that keep the money."""
    staying = [one for one in shared if one not in leaving]
    key = "unlink-leave" if who in leaving else "unlink-stay"
    return text(locale, key, leaving=platforms(leaving), staying=platforms(staying))


def usage(locale: str, spent: Sequence[Spend]) -> list[str]:
    """Return a line for each of the last months, the newest first; one that says so if there is nothing."""
    lines = []
    for month, found in groupby(spent, key=lambda row: row.month):
        rows = list(found)
        charged, notes = money(locale, sum(row.charged for row in rows)), sum(row.notes for row in rows)
        length = timestamp(sum(row.seconds for row in rows))
        lines.append(text(locale, "usage-month", month=month, notes=notes, length=length, charged=charged))
    return lines[:_MONTHS] or [text(locale, "usage-none")]


def setting(locale: str, chosen: Chosen, choice: Choice) -> str:
    """Return one value with its source: "Language: Spanish (your choice)"."""
    source = text(locale, f"source-{chosen.sources[choice].value}")
    return f"{title(locale, choice)}: {value(locale, choice, chosen.values[choice])} ({source})"


def title(locale: str, choice: Choice) -> str:
    return text(locale, f"setting-{choice.value.replace('_', '-')}")


def about(locale: str, choice: Choice) -> str:
    """Return a sentence that explains a setting."""
    return text(locale, f"about-{choice.value.replace('_', '-')}")


def value(locale: str, choice: Choice, chosen: str) -> str:
    """Return a setting's value as users read it."""
    if choice is Choice.LANGUAGE:
        return text(locale, "value-auto") if chosen == AUTO else language_title(locale, chosen)
    if choice is Choice.ASK_ABOVE:
        if chosen in ("", NEVER):
            return text(locale, "value-never")
        return text(locale, "value-above", price=money(locale, from_shown(chosen)))
    if choice is Choice.LOCALE:
        return _INTERFACE_LANGUAGES.get(chosen, chosen) if chosen else text(locale, "value-like-app")
    if choice in (Choice.SPEAKERS, Choice.FORMAT, Choice.MODE):
        return text(locale, f"value-{choice.value}-{chosen}")
    return chosen
