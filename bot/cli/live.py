"""The text of recordings, printed as it comes."""

from dataclasses import dataclass, field

from bot.cli.console import print_json, print_text
from bot.cli.outputs import Filed, Format, Printed
from bot.domain.plain_text import escaped
from bot.domain.transcript import Transcript


@dataclass(slots=True)
class Live:
    """Prints what is new of each text, and its rest when it is there."""

    to: Printed | Filed
    several: bool
    """If true, each line begins with the name of its recording."""
    _heard: dict[str, str] = field(default_factory=dict)
    """The end of each text so far."""
    _printed: dict[str, str] = field(default_factory=dict)

    def hear(self, name: str, heard: str) -> None:
        """Print what is new in the end of a text."""
        self._print(name, news_in(self._heard.get(name, ""), heard))
        self._heard[name] = heard

    def take(self, name: str, stem: str, said: Transcript) -> None:
        """Print the rest of a text; the whole if it has more than was printed, such as speakers, or another format."""
        printed, whole = _plain(self._printed.get(name, "")), _plain(said.text)
        is_plain = isinstance(self.to, Printed) and self.to.form in (Format.TEXT, Format.TXT)
        has_speakers = any(segment.speaker for segment in said.segments)
        if self.several or not is_plain or has_speakers or not whole.startswith(printed):
            self.to.take(name, stem, said)
        else:
            self._print(name, whole[len(printed) :])

    def _print(self, name: str, new: str) -> None:
        if not new.strip():
            return
        self._printed[name] = f"{self._printed.get(name, '')} {new.strip()}"
        if isinstance(self.to, Printed) and self.to.form is Format.JSON:
            print_json({"file": name, "part": new.strip()})
        else:
            print_text(f"{escaped(name)}: {new.strip()}" if self.several else new.strip())


def news_in(before: str, now: str) -> str:
    """Return what is new in the end of a text that grows; all of it if nothing of it was there before."""
    overlap = next(len(before) - start for start in range(len(before) + 1) if now.startswith(before[start:]))
    return now[overlap:]


def _plain(text: str) -> str:
    return " ".join(text.split())
