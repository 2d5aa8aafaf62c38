"""Faults of requests, whatever is asked for."""

from bot.domain.errors import BadOptions, EarmarkError, TooLarge


class BadRequest(BadOptions):
    sentence = "This request cannot be understood: {reason}."


class UploadTooLarge(TooLarge):
    sentence = "This upload is larger than the limit of {limit_mb:g} MB; a larger recording goes by its URL ({field})."


class UploadTooSlow(EarmarkError):
    sentence = "The upload came too slowly, so it was given up."
