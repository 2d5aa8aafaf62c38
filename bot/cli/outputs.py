"""Texts of the command line: on standard output, or in files that the user names."""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from bot import rendering
from bot.cli.console import print_json, print_text
from bot.domain.errors import BadUsage
from bot.domain.plain_text import escaped
from bot.domain.transcript import Transcript


class Format(StrEnum):
    """Format of a transcript."""

    TEXT = "text"
    SRT = "srt"
    VTT = "vtt"
    TXT = "txt"
    JSON = "json"
    DOCX = "docx"

    @property
    def suffix(self) -> str:
        return ".txt" if self is Format.TEXT else f".{self.value}"


def written(said: Transcript, form: Format, name: str) -> bytes:
    """Return the content of a file of this format."""
    match form:
        case Format.DOCX:
            return rendering.docx(said, name)
        case Format.JSON:
            return (json.dumps({"file": name, **rendering.as_json(said)}, ensure_ascii=False) + "\n").encode()
        case Format.SRT:
            return rendering.srt(said).encode()
        case Format.VTT:
            return rendering.vtt(said).encode()
        case Format.TEXT | Format.TXT:
            return (rendering.text(said) + "\n").encode()


@dataclass(frozen=True, slots=True)
class Printed:
    """Prints each text on standard output."""

    form: Format
    headings: bool
    """True: each text stands below the name of its file."""

    def take(self, name: str, stem: str, said: Transcript) -> None:
        del stem
        if self.form is Format.JSON:
            print_json({"file": name, **rendering.as_json(said)})
            return
        if self.headings and self.form in (Format.TEXT, Format.TXT):
            print_text(f"== {escaped(name)}")
        print_text(written(said, self.form, name).decode().rstrip("\n"))
        sys.stdout.flush()


@dataclass(frozen=True, slots=True)
class Filed:
    """Writes each text into files of a folder, named after the recordings; or one into the one file that is named."""

    formats: Sequence[Format]
    folder: Path | None
    file: Path | None = None
    _taken: set[Path] = field(default_factory=set)

    def take(self, name: str, stem: str, said: Transcript) -> None:
        """Write a text; one of an earlier run is replaced. Raises BadUsage if it cannot be written."""
        for form in self.formats:
            _write(self.file or self._free(stem, form), written(said, form, name))

    def _free(self, stem: str, form: Format) -> Path:
        """Return a file that no other recording of this run has: note.txt, then note-2.txt."""
        assert self.folder is not None
        number, target = 1, self.folder / f"{stem}{form.suffix}"
        while target in self._taken:
            number += 1
            target = self.folder / f"{stem}-{number}{form.suffix}"
        self._taken.add(target)
        return target


def _write(target: Path, content: bytes) -> None:
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        target.write_bytes(content)
    except OSError as error:
        raise BadUsage(reason=f"{target} cannot be written ({error.strerror})") from error


def output_of(wanted: str, formats: Sequence[Format], count: int) -> Printed | Filed:
    """Return the place of the texts of so many recordings. Raises BadUsage if the formats have no room there.

    `wanted`: a file for one text in one format, or a folder: one that is there, ends with a slash, or has no suffix;
    "": standard output.
    """
    if not wanted:
        if len(formats) > 1 or Format.DOCX in formats:
            raise BadUsage(reason="several formats, and docx, need --output with a folder or a file")
        return Printed(formats[0], headings=count > 1)
    path = Path(wanted)
    if wanted.endswith(("/", "\\")) or path.is_dir() or (not path.suffix and not path.exists()):
        return Filed(formats, path)
    if count > 1 or len(formats) > 1:
        raise BadUsage(reason=f"--output must be a folder for several texts, and {path} is a file")
    return Filed(formats, None, path)


def formats_of(words: Sequence[str], output: str) -> list[Format]:
    """Return the formats that were asked for, each once: "-f srt -f docx", or "-f srt,docx".

    Without any, that of the output file's suffix, else text. Raises BadUsage for one that there is not.
    """
    names = [name.strip().lower() for word in words for name in word.split(",") if name.strip()]
    if not names:
        suffix = Path(output).suffix.lower()
        return [next((form for form in Format if form is not Format.TEXT and form.suffix == suffix), Format.TEXT)]
    unknown = [name for name in names if name not in [*Format]]
    if unknown:
        raise BadUsage(reason=f"there is no format {unknown[0]!r}; there are: {', '.join(Format)}")
    return [Format(name) for name in dict.fromkeys(names)]
