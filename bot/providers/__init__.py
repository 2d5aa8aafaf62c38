"""Speech-to-text providers. Each implements ports.Transcriber."""
