"""The platforms: one module each, and each only translates between its platform and the core."""
