"""Faults of requests, whatever is asked for."""

from bot.domain.errors import BadOptions, EarmarkError, TooLarge


class BadRequest(BadOptions):
    """The request cannot be understood."""

    reason: str


class UploadTooLarge(TooLarge):
    """The upload is too large; `field` takes a URL instead."""

    field: str


class UploadTooSlow(EarmarkError):
    """The upload was too slow and was dropped."""
