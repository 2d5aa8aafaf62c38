"""Audio files: probe, convert or pass through, cut into chunks, download, publish as a link."""
