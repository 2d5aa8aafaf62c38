"""The benchmark table, each row as soon as it is measured: `make bench`, or some parts: `make bench PARTS="media api"`.

Medians, and ratios of figures that were taken in one run.
"""

import sys

from tests.bench import (
    api,
    ledger,
    media,
    polling,
    recognition,
    service,
    speakers,
    speech,
    telegram,
    telegram_speech,
)
from tests.bench.table import show

PARTS = {
    "media": media.measure,
    "service": service.measure,
    "ledger": ledger.measure,
    "api": api.measure,
    "polling": polling.measure,
    "telegram": telegram.measure,
    "telegram_speech": telegram_speech.measure,
    "recognition": recognition.measure,
    "speakers": speakers.measure,
    "speech": speech.measure,
}


def main(names: list[str]) -> None:
    """Measure the named parts in the order given, or all of them."""
    unknown = [name for name in names if name not in PARTS]
    if unknown:
        sys.exit(f"bench: there is no part {unknown[0]!r}; there are: {', '.join(PARTS)}.")
    for name in names or PARTS:
        show(PARTS[name]())


if __name__ == "__main__":
    main(sys.argv[1:])
