"""The command line `earmark`."""
