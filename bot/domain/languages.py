"""The languages that speech models know, and the many names that users and providers give them."""

from bot.domain.errors import UnknownLanguage
from bot.domain.note import AUTO

NAMES: dict[str, str] = {
    "af": "Afrikaans", "am": "Amharic", "ar": "Arabic", "as": "Assamese", "az": "Azerbaijani", "ba": "Bashkir",
    "be": "Belarusian", "bg": "Bulgarian", "bn": "Bengali", "bo": "Tibetan", "br": "Breton", "bs": "Bosnian",
    "ca": "Catalan", "cs": "Czech", "cy": "Welsh", "da": "Danish", "de": "German", "el": "Greek", "en": "English",
    "es": "Spanish", "et": "Estonian", "eu": "Basque", "fa": "Persian", "fi": "Finnish", "fo": "Faroese",
    "fr": "French", "gl": "Galician", "gu": "Gujarati", "ha": "Hausa", "haw": "Hawaiian", "he": "Hebrew",
    "hi": "Hindi", "hr": "Croatian", "ht": "Haitian Creole", "hu": "Hungarian", "hy": "Armenian",
    "id": "Indonesian", "is": "Icelandic", "it": "Italian", "ja": "Japanese", "jv": "Javanese", "ka": "Georgian",
    "kk": "Kazakh", "km": "Khmer", "kn": "Kannada", "ko": "Korean", "la": "Latin", "lb": "Luxembourgish",
    "ln": "Lingala", "lo": "Lao", "lt": "Lithuanian", "lv": "Latvian", "mg": "Malagasy", "mi": "Maori",
    "mk": "Macedonian", "ml": "Malayalam", "mn": "Mongolian", "mr": "Marathi", "ms": "Malay", "mt": "Maltese",
    "my": "Burmese", "ne": "Nepali", "nl": "Dutch", "nn": "Norwegian Nynorsk", "no": "Norwegian", "oc": "Occitan",
    "pa": "Punjabi", "pl": "Polish", "ps": "Pashto", "pt": "Portuguese", "ro": "Romanian", "ru": "Russian",
    "sa": "Sanskrit", "sd": "Sindhi", "si": "Sinhala", "sk": "Slovak", "sl": "Slovenian", "sn": "Shona",
    "so": "Somali", "sq": "Albanian", "sr": "Serbian", "su": "Sundanese", "sv": "Swedish", "sw": "Swahili",
    "ta": "Tamil", "te": "Telugu", "tg": "Tajik", "th": "Thai", "tk": "Turkmen", "tl": "Tagalog", "tr": "Turkish",
    "tt": "Tatar", "uk": "Ukrainian", "ur": "Urdu", "uz": "Uzbek", "vi": "Vietnamese", "yi": "Yiddish",
    "yo": "Yoruba", "yue": "Cantonese", "zh": "Chinese",
}  # fmt: skip
"""Code -> English name. ISO 639-1, but for haw and yue, which have no code of two letters."""

WHISPER = frozenset(NAMES)
"""The languages of Whisper large-v3."""

WHISPER_99 = WHISPER - {"yue"}
"""The languages of every other multilingual Whisper: Cantonese came last."""

_ISO_639_3 = {
    "ara": "ar", "ben": "bn", "bul": "bg", "cat": "ca", "ces": "cs", "cze": "cs", "cmn": "zh", "dan": "da",
    "deu": "de", "dut": "nl", "ell": "el", "eng": "en", "est": "et", "eus": "eu", "fas": "fa", "fin": "fi",
    "fra": "fr", "fre": "fr", "ger": "de", "glg": "gl", "gre": "el", "heb": "he", "hin": "hi", "hrv": "hr",
    "hun": "hu", "hye": "hy", "ind": "id", "isl": "is", "ita": "it", "jpn": "ja", "kat": "ka", "kaz": "kk",
    "kor": "ko", "lav": "lv", "lit": "lt", "mkd": "mk", "msa": "ms", "nld": "nl", "nno": "nn", "nob": "no",
    "nor": "no", "per": "fa", "pol": "pl", "por": "pt", "ron": "ro", "rum": "ro", "rus": "ru", "slk": "sk",
    "slv": "sl", "spa": "es", "sqi": "sq", "srp": "sr", "swa": "sw", "swe": "sv", "tam": "ta", "tel": "te",
    "tha": "th", "tur": "tr", "ukr": "uk", "urd": "ur", "vie": "vi", "zho": "zh", "chi": "zh",
}  # fmt: skip
_OTHER = {
    "jw": "jv", "iw": "he", "in": "id", "ji": "yi", "nb": "no", "fil": "tl", "mandarin": "zh", "castilian": "es",
    "farsi": "fa", "filipino": "tl", "flemish": "nl", "haitian": "ht", "moldavian": "ro", "myanmar": "my",
    "nynorsk": "nn", "panjabi": "pa", "pushto": "ps", "sinhalese": "si", "valencian": "ca", "letzeburgesch": "lb",
}  # fmt: skip
COMMON = ("en", "es", "fr", "de", "it", "pt", "ru", "uk", "pl", "tr", "ar", "fa", "hi", "id", "zh", "ja", "ko")
"""The languages that are offered to choose from; the others can be typed."""
_KNOWN = {code: code for code in NAMES} | {name.lower(): code for code, name in NAMES.items()} | _ISO_639_3 | _OTHER


def normalise_language(text: str) -> str:
    """Return the code of a language from any name that users or providers give it; "auto" and "" are "auto".

    Accepts codes in any case and with a region ("EN", "pt-BR"), the common ISO 639-3 codes ("spa"), and English
    names ("Spanish"). Raises UnknownLanguage.
    """
    asked = " ".join(text.split()).lower()
    if asked in ("", AUTO):
        return AUTO
    without_region = asked.replace("_", "-").split("-", 1)[0]
    code = _KNOWN.get(asked) or _KNOWN.get(without_region)
    if code is None:
        raise UnknownLanguage(language=text[:40])
    return code


def english_name(code: str) -> str:
    """Return the English name of a code, or the code itself if it has none here."""
    return NAMES.get(code, code)
