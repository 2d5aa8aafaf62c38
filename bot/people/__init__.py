"""Users: access, linking, API keys, preferences, export, erasure, retention."""
