"""What somebody said, as Discord shows it letter for letter: nothing in it is markup, a mention, an emoji's code, or a
link with other words on it. Pure.

Discord hides a backslash before a sign, and shows the sign. Only those signs get one that could mean something: the
notices of a telephone show backslashes too.
"""

import re

from bot.rendering import utf16_units

_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f\ud800-\udfff]")
_ANYWHERE = re.compile(r"[\\`*_~|<\[\]]")
_BEGINS_LINE = re.compile(r"^([^\S\n]*)([#>+-])", re.MULTILINE)
_NUMBERS_LINE = re.compile(r"^([^\S\n]*\d+)([.)])", re.MULTILINE)
_BEGINS_EMOJI = re.compile(r":(?=[^\s:]+:)")
_BEGINS_ADDRESS = re.compile(r":(?=//)")
_CALLS_ALL = re.compile(r"@(?=everyone|here)", re.IGNORECASE)
_AFTER = (_BEGINS_EMOJI, _BEGINS_ADDRESS, _CALLS_ALL)
_MAY_GET_ONE = re.compile(r"[\\`*_~|<\[\]#>+\-.):@]")


def escape(said: str) -> str:
    """The text with backslashes. What no message can hold (control characters, halves of characters) is left out."""
    clean = _CONTROL.sub("", said.replace("\r\n", "\n"))
    clean = _ANYWHERE.sub(r"\\\g<0>", clean)
    clean = _BEGINS_LINE.sub(r"\1\\\2", clean)
    clean = _NUMBERS_LINE.sub(r"\1\\\2", clean)
    for sign in _AFTER:
        clean = sign.sub(r"\\\g<0>", clean)
    return clean


def escaped_units(said: str) -> int:
    """At least as many UTF-16 units as `escape` makes of it, in whole or in any of its pieces.

    The length of a whole is the sum of its parts' lengths, as cutting needs it.
    """
    return utf16_units(said) + len(_MAY_GET_ONE.findall(said))
