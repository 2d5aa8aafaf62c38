"""What a user can ask for, once for all platforms: how a note is, what was said in it, what is left to spend."""

from bot.ledger import Ledger
from bot.model import Balance, Transcript
from bot.notes import Notes, Order, Standing


class Commands:
    """Questions of users. Nothing here changes anything."""

    def __init__(self, notes: Notes, ledger: Ledger) -> None:
        self._notes = notes
        self._ledger = ledger

    async def balance(self, user: str) -> Balance:
        """The user's account; one that was never used has what it would have at its first note."""
        return await self._ledger.balance(user)

    async def standing(self, note_id: str) -> Standing | None:
        """How far a note is; None where there is none of that id."""
        return (await self._notes.standing([note_id])).get(note_id)

    async def own(self, note_id: str, user: str) -> Standing | None:
        """How far a note is, for its owner; None for everybody else, as if there were none."""
        standing = await self.standing(note_id)
        return standing if standing is not None and standing.account == user else None

    async def transcript(self, note_id: str) -> Transcript | None:
        """What was said in a note, once a provider has told."""
        return await self._notes.transcript(note_id)

    async def order(self, note_id: str) -> Order | None:
        """What was asked for, whether it has its end or not; None where there is no note of that id."""
        return await self._notes.order(note_id)

    async def unfinished(self, user: str) -> int:
        """How many of a user's notes have no end yet."""
        return await self._notes.count_unfinished(user)
