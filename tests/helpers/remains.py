"""Remains in files of what should be gone."""

import asyncio
from pathlib import Path


def remains(folder: Path, *words: str) -> set[str]:
    """Return the words that stand in any file of the folder, as text or as a name."""
    paths = [path for path in folder.rglob("*") if path.is_file()]
    content = b"\n".join([*map(_read, paths), *(str(path.relative_to(folder)).encode() for path in paths)])
    return {word for word in words if word.encode() in content}


async def until_gone(folder: Path, *words: str, within: float = 15) -> None:
    """Wait until none of the words stands anywhere; the service may write meanwhile."""
    async with asyncio.timeout(within):
        while remains(folder, *words):
            await asyncio.sleep(0.05)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except FileNotFoundError:  # it has gone since it was seen
        return b""
