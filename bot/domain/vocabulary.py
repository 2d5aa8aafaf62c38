"""Vocabulary of a user, a chat or a deployment: names and terms that may be spoken, as they are to be written."""

import re
from collections.abc import Iterable

from bot.domain.plain_text import one_line

MOST_TERMS = 100
"""The most terms of a list, and of the lists that are merged for a note."""
LONGEST_TERM = 60
"""Characters."""
LONGEST_PROMPT = 400
"""Characters of the context that comes before a recording."""


def terms_of(written: str) -> tuple[str, ...]:
    """Return the terms of a written list, each once: commas, semicolons and ends of lines are between them."""
    terms = (one_line(term).strip() for term in re.split(r"[,;\n]", written))
    return tuple(dict.fromkeys(term for term in terms if term))


def written(terms: Iterable[str]) -> str:
    """Return terms as a written list."""
    return ", ".join(terms)


def checked_terms(text: str) -> tuple[str, ...]:
    """Return the terms of a written list. Raises ValueError if they are too many or too long."""
    terms = terms_of(text)
    if len(terms) > MOST_TERMS or any(len(term) > LONGEST_TERM for term in terms):
        raise ValueError(f"it must be at most {MOST_TERMS} terms of at most {LONGEST_TERM} characters")
    return terms


def checked_prompt(text: str) -> str:
    """Return a context on one line. Raises ValueError if it is too long."""
    prompt = one_line(text).strip()
    if len(prompt) > LONGEST_PROMPT:
        raise ValueError(f"it must be at most {LONGEST_PROMPT} characters")
    return prompt


def merged(lists: Iterable[str]) -> tuple[str, ...]:
    """Return the terms of written lists, the first list's first, at most MOST_TERMS."""
    return tuple(dict.fromkeys(term for one in lists for term in terms_of(one)))[:MOST_TERMS]
