"""Whisper and speaker diarization on this machine, without network or key."""
