"""Those who turn sound into text. Each module is one implementation of ports.Transcriber."""
