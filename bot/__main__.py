"""`python -m bot` is `earmark`."""

from bot.cli.entry import main

main()
