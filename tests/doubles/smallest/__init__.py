"""The smallest chat platform: its server and users (`server.py`), and its adapter (`adapter.py`), as an example."""
