"""Options that several commands share. The module loads fast."""

from typing import Annotated

import typer

User = Annotated[str, typer.Option("--user", help="Whose account: a name, or platform:id.", show_default="you")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
