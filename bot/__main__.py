"""`python -m bot` is `earmark`."""

from bot.cli.main import main

main()
