"""The NanoGPT speech-to-text API as its client."""
