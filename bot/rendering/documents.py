"""Transcripts for programs (JSON) and for word processors (DOCX)."""

import io
import re
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from bot.domain.languages import english_name
from bot.domain.transcript import Transcript
from bot.rendering.plain import NO_NAMES, Names, spoken, timestamp, turns

if TYPE_CHECKING:
    from docx.document import Document as Page
    from docx.text.run import Run

_NOT_XML = re.compile(r"[^\t\n\r\x20-\uD7FF\uE000-\uFFFD\U00010000-\U0010FFFF]")
_NO_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_GREY = (0x77, 0x77, 0x77)


def as_json(transcript: Transcript, names: Names = NO_NAMES) -> dict[str, object]:
    """Return plain values for json.dumps: text, language, seconds, model, cost_micros, partial, segments, words.

    `partial` is true if the rest of the recording was not transcribed. Times are seconds, to the millisecond. Each
    segment has speaker (or None), start, end, language ("": the text's), confidence and text; each word has text,
    start, end and confidence: a probability, or None if the model gives none. Unlike in the texts for people, a single
    speaker is named.
    """
    return {
        "text": transcript.text,
        "language": transcript.language,
        "seconds": round(transcript.seconds, 3),
        "model": transcript.model,
        "cost_micros": int(transcript.cost),
        "partial": transcript.partial,
        "segments": [
            {
                "speaker": None if part.speaker is None else names.get(part.speaker, part.speaker),
                "start": round(part.start, 3),
                "end": round(part.end, 3),
                "language": part.language,
                "confidence": _rounded(part.confidence),
                "text": part.text,
            }
            for part in transcript.segments
        ],
        "words": [
            {
                "text": word.text,
                "start": round(word.start, 3),
                "end": round(word.end, 3),
                "confidence": _rounded(word.confidence),
            }
            for word in transcript.words
            if word.kind != "spacing"
        ],
    }


def _rounded(probability: float | None) -> float | None:
    return None if probability is None else round(probability, 3)


def docx(transcript: Transcript, title: str = "Transcript", names: Names = NO_NAMES, ending: str = "") -> bytes:
    """Return a Word document: title, facts, then a paragraph for each turn with its time and speaker, and the ending.

    It names no author, and no time or place of its making.
    """
    # Imported here: it takes a third of a second, which only users of documents should wait.
    from docx import Document

    page = Document()
    _make_anonymous(page, title)
    page.add_heading(_xml(title), level=1)
    _add_grey(page, _facts(transcript))
    for turn in turns(transcript, names):
        for index, paragraph in enumerate(turn.paragraphs):
            line = page.add_paragraph()
            if index == 0:
                _grey(line.add_run(f"{timestamp(turn.start)}  "))
                if turn.speaker is not None:
                    line.add_run(f"{_xml(turn.speaker)}: ").bold = True
            line.add_run(_xml(paragraph))
    if ending:
        _add_grey(page, ending)
    out = io.BytesIO()
    page.save(out)
    return out.getvalue()


def _facts(transcript: Transcript) -> str:
    voices = len({part.speaker for part in spoken(transcript) if part.speaker is not None})
    facts = [timestamp(transcript.seconds), english_name(transcript.language), transcript.model]
    if voices:
        facts.append(f"{voices} speakers")
    return " · ".join(fact for fact in facts if fact)


def _make_anonymous(page: "Page", title: str) -> None:
    about = page.core_properties
    about.title = _xml(title)[:255]
    about.author = about.last_modified_by = about.comments = about.keywords = ""
    about.created = about.modified = _NO_TIME


def _add_grey(page: "Page", text: str) -> None:
    _grey(page.add_paragraph().add_run(_xml(text)))


def _grey(run: "Run") -> None:
    from docx.shared import Pt, RGBColor

    run.font.color.rgb = RGBColor(*_GREY)
    run.font.size = Pt(9)


def _xml(text: str) -> str:
    """Return the text without characters that XML refuses: control characters, lone surrogates."""
    return _NOT_XML.sub("", text)
