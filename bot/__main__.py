"""`python -m bot` is `earmark`."""

from bot.cli import main

main()
