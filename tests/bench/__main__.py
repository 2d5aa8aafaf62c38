"""The benchmark table: `make bench`. Medians, and ratios of figures that were taken in one run."""

from rich.console import Console
from rich.table import Table

from tests.bench import api, ledger, media, polling, service, speech, telegram

table = Table("what", "reached", "to reach", title="Earmark")
for part in (media, service, ledger, api, polling, telegram, speech):
    for name, value, target in part.measure():
        table.add_row(name, value, target)
Console(width=120).print(table)
