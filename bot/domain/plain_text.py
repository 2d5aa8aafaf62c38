"""Text of others without what a terminal, a log or a spreadsheet would obey.

These are control characters (the C0 and C1 sets, with the escape that begins a terminal's commands), the marks that
reorder what follows them, halves of surrogate pairs, and code points that Unicode keeps out of texts.
"""

import re

_BREAKS = "\n\x0b\x0c\r\x1c-\x1e\x85\u2028\u2029"
_BLANKS = f"\t\x1f{_BREAKS}"
_CONTROLS = "\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\u202a-\u202e\u2066-\u2069\ud800-\udfff\ufdd0-\ufdef"
_LINE_BREAK = re.compile(f"\r\n|[{_BREAKS}]")
_CONTROL = re.compile(f"[{_CONTROLS}]")
_NOT_IN_LINES = re.compile(f"[{_CONTROLS}\x1f]")
_NOT_IN_JSON = re.compile(f"[{_CONTROLS}\x85\u2028\u2029]")
_NOT_IN_LOGS = re.compile(f"[{_CONTROLS}{_BLANKS}]")


def one_line(text: str) -> str:
    """Return the text in one line, runs of blanks as one."""
    return " ".join(_CONTROL.sub("", text).split())


def plain_lines(text: str) -> str:
    """Return the text with its lines and blanks; every kind of line break becomes the usual one."""
    if text.isprintable():
        return text
    return _NOT_IN_LINES.sub("", _LINE_BREAK.sub("\n", text))


def escaped(text: str) -> str:
    r"""Return the text in one line, in which line breaks and controls are written as JSON does: \u001b."""
    return text if text.isprintable() else _NOT_IN_LOGS.sub(_escape, text)


def escaped_json(json: str) -> str:
    """Return the same JSON document; what a terminal would obey within its strings is escaped."""
    return json if json.isprintable() else _NOT_IN_JSON.sub(_escape, json)


def _escape(found: re.Match[str]) -> str:
    return f"\\u{ord(found[0]):04x}"
