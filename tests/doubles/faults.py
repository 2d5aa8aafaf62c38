"""A switch for faults of the platforms' doubles: any outgoing call, by its name, the n-th time that it is made.

telegram.break_call("sendDocument", Failure.CUT_AFTER)
discord.break_call("PATCH /channels/.+/messages", Failure.BAD_GATEWAY, nth=2)
"""

from enum import StrEnum


class Failure(StrEnum):
    """The fate of one call."""

    ERROR = "500"
    BAD_GATEWAY = "502 as HTML"
    CUT_BEFORE = "cut before"
    """The connection ends, and nothing is done."""
    CUT_AFTER = "cut after"
    """It is done, and its answer is lost."""
    TOO_MANY = "429"
    BAD_REQUEST = "400"
    FORBIDDEN = "403"
    NOT_FOUND = "404"

    @property
    def status(self) -> int:
        """Return the status of the answer; 0: there is none."""
        return int(self.value[:3]) if self.value[:3].isdecimal() else 0


PASSING = (Failure.ERROR, Failure.BAD_GATEWAY, Failure.CUT_BEFORE, Failure.CUT_AFTER, Failure.TOO_MANY)
"""Those that pass: the same call works the next time."""
PAGE = b"<html><head><title>502 Bad Gateway</title></head></html>"
"""A proxy's answer."""
