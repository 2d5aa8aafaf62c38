"""The conversation that all chat platforms share, and the port that a platform implements."""
