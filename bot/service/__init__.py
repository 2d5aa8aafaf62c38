"""Wiring: settings become a running service. Nothing else constructs the parts."""
