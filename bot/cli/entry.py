"""Entry of the command line: the version is printed before anything is imported that takes a while."""

import sys

from bot import __version__

_VERSION = (["--version"], ["-V"])


def main() -> None:
    """Run the command line with the words of this process."""
    if sys.argv[1:] in _VERSION:
        sys.stdout.write(f"earmark {__version__}\n")
        return
    from bot.cli.main import main as run

    run()
