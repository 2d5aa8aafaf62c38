"""The custom ids of buttons and modals: a press, signed, so that nobody can hand us one that we did not make."""

from hashlib import sha256

from itsdangerous import BadSignature, Signer

from bot.chat.button_data import ButtonData

_MOST = 100
"""Characters of a custom id, which Discord sets."""


class SignedIds:
    """Signs with a key of this deployment, so buttons work after a restart and nowhere else."""

    def __init__(self, secret: bytes) -> None:
        self._signer = Signer(sha256(b"discord buttons" + secret).digest(), sep="|")

    def close(self, press: ButtonData) -> str:
        """As a custom id. Raises ValueError where it does not fit."""
        sealed = self._signer.sign(press.pack()).decode()
        if len(sealed) > _MOST:
            raise ValueError(f"a button cannot hold {press.argument!r}")
        return sealed

    def open(self, custom_id: str) -> ButtonData | None:
        """None for what we did not sign."""
        try:
            return ButtonData.unpack(self._signer.unsign(custom_id).decode())
        except (BadSignature, UnicodeDecodeError):
            return None
