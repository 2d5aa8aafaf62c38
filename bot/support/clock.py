"""The clock that is injected when the service runs; tests inject their own."""

from datetime import UTC, datetime
from functools import partial

now = partial(datetime.now, UTC)
"""Returns the time, in UTC."""
