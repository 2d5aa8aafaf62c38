"""Client of the NanoGPT speech-to-text API."""
