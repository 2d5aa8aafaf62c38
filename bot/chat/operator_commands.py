"""Commands of the operators of the service, in a chat or on the command line, in the same words."""

import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from uuid import NAMESPACE_URL, uuid5

import structlog

from bot.domain.billing import Plan
from bot.domain.errors import NoAccess, RefundShort
from bot.domain.identity import platform_of
from bot.domain.money import Micros, micros
from bot.ledger.ledger import Ledger
from bot.ledger.reports import By, Line, as_csv, report, total
from bot.locales import error_text, money, text
from bot.notes.repository import NoteRepository
from bot.notes.views import NoteViews
from bot.people.access import Access, Admission, People, Role
from bot.rendering import timestamp
from bot.storage.database import Database

log = structlog.get_logger()

_MOST_LINES = 20
_LONGEST_ACCOUNT = 100
_LONGEST_WORDS = 300
_DEFAULT = "default"
_CSV = "csv"
_OF_OWNERS = frozenset({"role"})
_THAT_LOOK = frozenset({"spend", "queue"})
"""The commands that change nothing."""


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to an operator."""

    text: str
    file: tuple[str, bytes] | None = None
    """Name and content of a file that goes with the text."""


@dataclass(frozen=True, slots=True)
class Request:
    """One command of an operator."""

    by: str
    """Identity of the operator, or "command line"."""
    locale: str
    ref: str
    """Tells this request from every other, so that it may come twice."""
    words: Sequence[str]
    """The words after the command."""

    def word(self, number: int) -> str:
        """Return the n-th word, from 0; "" if there are fewer."""
        return self.words[number] if number < len(self.words) else ""


@dataclass(frozen=True, slots=True)
class OperatorCommands:
    """Carries out the commands of operators."""

    db: Database
    people: People
    admission: Admission
    ledger: Ledger
    notes: NoteViews
    repository: NoteRepository

    async def has(self, account: str) -> bool:
        """Return True for an operator who is not kept out of the service."""
        return await self.people.is_operator(account) and await self._why_not(account) is None

    async def answer(self, command: str, request: Request) -> Answer:
        """Carry out a command from a chat: only operators are obeyed, and only owners appoint.

        Raises KeyError for an unknown command.
        """
        role = await self.people.role(request.by)
        if role is Role.USER:
            return Answer(text(request.locale, "operators-only"))
        refused = await self._why_not(request.by)
        if refused is not None:
            return Answer(error_text(request.locale, refused))
        if command in _OF_OWNERS and role is not Role.OWNER:
            return Answer(text(request.locale, "owners-only"))
        return await self.obey(command, request)

    async def obey(self, command: str, request: Request) -> Answer:
        """Carry out a command without asking for a role: access to the data folder is ownership.

        A command that may change something is logged with its author; `ref` leads to the rest.
        """
        told = await self._commands[command](request)
        if command not in _THAT_LOOK:
            log.info("operator_did", command=command, by=request.by, ref=request.ref)
        return told

    async def _why_not(self, account: str) -> NoAccess | None:
        """Return the reason why a user is kept out: an operator who is, is none until another lets them in again."""
        try:
            await self.people.check(account)
        except NoAccess as error:
            return error
        return None

    @property
    def _commands(self) -> dict[str, Callable[[Request], Awaitable[Answer]]]:
        return {
            "spend": self._spend,
            "credit": self._credit,
            "refund": self._refund,
            "allowance": self._allowance,
            "allow": self._allow,
            "block": self._block,
            "unblock": self._unblock,
            "role": self._role,
            "pause": self._pause,
            "resume": self._resume,
            "queue": self._queue,
        }

    async def _spend(self, request: Request) -> Answer:
        """List the charges, costs and losses of a month ("2026-11"; this one), by account."""
        month = next((word for word in request.words if word != _CSV), self.ledger.statements.this_month())
        if not re.fullmatch(r"\d{4}-\d{2}", month):
            return Answer(text(request.locale, "spend-how"))
        lines = await report(self.db, [By.USER], month)
        whole = total(lines)
        told = [
            text(
                request.locale,
                "spend-line",
                account=_named(line),
                notes=line.notes,
                charged=money(request.locale, line.charged),
            )
            for line in sorted(lines, key=lambda line: -line.charged)[:_MOST_LINES]
        ]
        figures = {
            "charged": money(request.locale, whole.charged),
            "cost": money(request.locale, whole.cost),
            "lost": money(request.locale, whole.lost),
        }
        first = text(request.locale, "spend-whole", month=month, **figures)
        file = (f"spend-{month}.csv", as_csv(lines, [By.USER])) if _CSV in request.words else None
        return Answer("\n".join([first, *told]), file)

    async def _credit(self, request: Request) -> Answer:
        """Add dollars to an account."""
        account, added = request.word(0), _amount(request.word(1))
        if not added or not _is_account(account):
            return Answer(text(request.locale, "credit-how"))
        await self.ledger.credit(account, added, _plain(request.ref), "by an operator")
        found = await self.ledger.statements.balance(account)
        available = money(request.locale, found.balance - found.held)
        return Answer(
            text(
                request.locale, "credit-done", account=account, amount=money(request.locale, added), available=available
            )
        )

    async def _refund(self, request: Request) -> Answer:
        """Give a note's charge back to its account; or pay out what an account paid in, which leaves it."""
        if _is_account(request.word(0)):
            return await self._pay_out(request)
        note_id = await self.notes.find(request.word(0).lower())
        if note_id is None:
            return Answer(text(request.locale, "refund-how"))
        returned = await self.ledger.refund_charge(note_id)
        if not returned:
            return Answer(text(request.locale, "refund-nothing"))
        return Answer(text(request.locale, "refund-note", amount=money(request.locale, returned)))

    async def _pay_out(self, request: Request) -> Answer:
        account, amount = request.word(0), _amount(request.word(1))
        if not amount:
            return Answer(text(request.locale, "refund-how"))
        try:
            await self.ledger.refund(account, amount, _plain(request.ref), "by an operator")
        except RefundShort as error:
            return Answer(error_text(request.locale, error))
        return Answer(text(request.locale, "refund-done", account=account, amount=money(request.locale, amount)))

    async def _allowance(self, request: Request) -> Answer:
        """Give an account a monthly allowance of its own, and a daily one; "default": the deployment's."""
        account, month, day = request.word(0), request.word(1), request.word(2)
        if not _is_account(account):
            return Answer(text(request.locale, "allowance-how"))
        if month == _DEFAULT:
            await self.ledger.set_plan(account, None)
            return Answer(text(request.locale, "allowance-default", account=account))
        monthly, daily = _amount(month), _amount(day)
        if monthly is None or (day and daily is None):
            return Answer(text(request.locale, "allowance-how"))
        await self.ledger.set_plan(account, Plan.ALLOWANCE, monthly, daily)
        return Answer(text(request.locale, "allowance-done", account=account, amount=money(request.locale, monthly)))

    async def _allow(self, request: Request) -> Answer:
        return await self._decide(request, "allow", Access.ALLOWED, "allow-done")

    async def _block(self, request: Request) -> Answer:
        return await self._decide(request, "block", Access.BLOCKED, "block-done")

    async def _unblock(self, request: Request) -> Answer:
        return await self._decide(request, "unblock", None, "unblock-done")

    async def _decide(self, request: Request, command: str, access: Access | None, done: str) -> Answer:
        account = request.word(0)
        if not _is_account(account):
            return Answer(text(request.locale, "access-how", command=command))
        if access is Access.BLOCKED and account in await self.people.owners():
            return Answer(text(request.locale, "owners-only"))
        await self.people.decide(account, access)
        if access is Access.BLOCKED:
            await self.repository.cancel_of(await self.people.identities(account))
        return Answer(text(request.locale, done, account=account))

    async def _role(self, request: Request) -> Answer:
        """Make a user an operator, or an operator a user again."""
        account, role = request.word(0), request.word(1)
        if not _is_account(account) or role not in (Role.USER, Role.OPERATOR):
            return Answer(text(request.locale, "role-how"))
        await self.people.appoint(account, Role(role))
        return Answer(text(request.locale, f"role-{role}", account=account))

    async def _pause(self, request: Request) -> Answer:
        """Take nothing new; what is in work is finished."""
        await self.admission.pause(" ".join(request.words)[:_LONGEST_WORDS])
        return Answer(text(request.locale, "pause-done", notes=len(await self.notes.unfinished())))

    async def _resume(self, request: Request) -> Answer:
        was_paused = await self.admission.resume()
        return Answer(text(request.locale, "resume-done" if was_paused else "resume-nothing"))

    async def _queue(self, request: Request) -> Answer:
        """List the latest notes of all users, each with the beginning of its id, which `refund` takes."""
        lines = []
        for one in await self.notes.recent(_MOST_LINES):
            stage = f" ({one.stage.value})" if one.stage is not None else ""
            length = timestamp(one.seconds) if one.seconds is not None else ""
            price = money(request.locale, one.charged) if one.charged is not None else ""
            facts = (one.note_id[:8], f"{one.created_at:%m-%d %H:%M}", one.account, length)
            lines.append(" · ".join(fact for fact in (*facts, f"{one.state.value}{stage}", price) if fact))
        return Answer("\n".join(lines) or text(request.locale, "usage-none"))


def _named(line: Line) -> str:
    return line.where.get(By.USER) or "-"


def _plain(ref: str) -> str:
    """Return a key for the ledger, which keeps it for ever: so it names nobody."""
    return str(uuid5(NAMESPACE_URL, ref))


def _amount(text: str) -> Micros | None:
    try:
        return micros(text)
    except ValueError:
        return None


def _is_account(text: str) -> bool:
    """Return True for the identity of a user or a group, and False for the service's own accounts."""
    try:
        platform = platform_of(text)
    except ValueError:
        return False
    return platform.isalpha() and len(text) <= _LONGEST_ACCOUNT and not re.search(r"\s", text)
