"""The models, their abilities and prices. Pure data and functions."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import PurePath

from bot.domain.billing import Quote
from bot.domain.errors import Language, Names, UnableModel, UnknownModel
from bot.domain.languages import WHISPER, WHISPER_99, normalise_language
from bot.domain.money import Micros, by_length, with_markup
from bot.domain.note import AUTO, Options

LOCAL = "local"
"""The provider's name of the embedded engine."""
NANOGPT = "nanogpt"

_CANTONESE = ("large", "large-v3", "large-v3-turbo", "turbo", "distil-large-v3", "distil-large-v3.5")
_WITHOUT_TRANSLATION = (".en", "turbo", "distil")
"""Parts of the names of Whisper models that were not taught to translate."""


@dataclass(frozen=True, slots=True)
class _Family:
    """Models of the embedded engine that are not Whisper's, by a part of their name."""

    part: str
    languages: frozenset[str] | None
    """None: unknown, so any."""
    words: bool = True
    """True: they tell when each word was spoken; otherwise that is estimated."""


_EUROPE = "bg hr cs da nl en et fi fr de el hu it lv lt mt pl pt ro sk sl es sv ru uk"
_FAMILIES = (
    _Family("parakeet-tdt-0.6b-v3", frozenset(_EUROPE.split())),
    _Family("parakeet", frozenset({"en"})),
    _Family("sense-voice", frozenset({"zh", "yue", "en", "ja", "ko"})),
    _Family("canary", frozenset({"en", "de", "es", "fr"}), words=False),
    _Family("moonshine", None, words=False),
)


@dataclass(frozen=True, slots=True)
class ModelInfo:
    """One model as users choose it."""

    name: str
    provider: str
    """The name of the Transcriber that runs it."""
    per_minute: Micros = Micros(0)
    """The provider's price for a minute of sound."""
    speakers: bool = False
    """True: it tells speakers apart."""
    words: bool = True
    """True: it gives every word its time."""
    events: bool = False
    """True: it writes down laughter, music and the like."""
    translates: bool = False
    """True: it can write in English what is spoken in another language."""
    video: bool = False
    """True: it takes files with pictures."""
    asynchronous: bool = False
    """True: it answers with a ticket, and the text comes later."""
    languages: frozenset[str] | None = None
    """Codes that it takes; None: unknown, so any."""

    def takes(self, language: str) -> bool:
        """Return True if it takes this language, a code or "auto"."""
        return language == AUTO or self.languages is None or language in self.languages


class Catalog:
    """All models of one deployment, in the order in which they were given; the first is the default unless told."""

    def __init__(self, models: Iterable[ModelInfo], default: str = "") -> None:
        """Raise UnknownModel if the default is not among the models, ValueError if there are none."""
        self._models = {model.name: model for model in models}
        if not self._models:
            raise ValueError("a catalog needs at least one model")
        self._default = self.find(default).name if default else next(iter(self._models))

    def __iter__(self) -> Iterator[ModelInfo]:
        return iter(self._models.values())

    @property
    def default(self) -> str:
        """The model of users who chose none."""
        return self._default

    def find(self, name: str) -> ModelInfo:
        """Return the model of that name. Raises UnknownModel, which names those that there are."""
        try:
            return self._models[name]
        except KeyError:
            raise UnknownModel(model=name[:80], known=", ".join(self._models)) from None

    def understood(self, options: Options) -> Options:
        """Return the options with the language as its code. Raises UnknownLanguage."""
        return replace(options, language=normalise_language(options.language))

    def check(self, options: Options) -> None:
        """Raise UnknownModel, UnknownLanguage, or UnableModel, which names the models that can."""
        model = self.find(options.model)
        language = normalise_language(options.language)
        if options.speakers and not model.speakers:
            raise UnableModel(model=model.name, what="speakers", able=self._able(options, language))
        if options.events and not model.events:
            able = self._able(options, language)
            raise UnableModel(model=model.name, what="events", able=able)
        if options.translate and not model.translates:
            raise UnableModel(model=model.name, what="translation", able=self._able(options, language))
        if not model.takes(language):
            able = self._able(options, language)
            raise UnableModel(model=model.name, what="language", able=able, language=Language(language))

    def quote(self, options: Options, seconds: float, markup: Decimal = Decimal(1)) -> Quote:
        """Quote the most that so many seconds cost: the provider's price, and the user's. Raises UnknownModel."""
        model = self.find(options.model)
        cost = by_length(model.per_minute, seconds)
        return Quote(model=model.name, seconds=seconds, cost=cost, price=with_markup(cost, markup))

    def _able(self, options: Options, language: str) -> Names:
        """Return the names of the models that can do all that is asked for, with commas between; "none"."""
        names = [
            model.name
            for model in self
            if model.speakers >= options.speakers
            and model.events >= options.events
            and model.translates >= options.translate
            and model.takes(language)
        ]
        return Names(", ".join(names) or "none")


def model_names(setting: str) -> list[str]:
    """Return the models of EARMARK_LOCAL_MODEL, the default first."""
    return [one.strip() for one in setting.split(",") if one.strip()] or ["base"]


def local_name(model: str) -> str:
    """Return the name that users see for a model of EARMARK_LOCAL_MODEL: "base" -> "whisper-base"."""
    last = PurePath(model.strip()).name or "base"
    bare = last.removeprefix("faster-").removeprefix("sherpa-onnx-").removeprefix("nemo-")
    return bare if "whisper" in bare or _family(bare) else f"whisper-{bare}"


def local_models(setting: str) -> list[ModelInfo]:
    """Return the embedded engine's models. They cost nothing; speakers are told apart beside any of them."""
    return [_local_model(local_name(one)) for one in model_names(setting)]


def _local_model(name: str) -> ModelInfo:
    family = _family(name)
    languages = family.languages if family else _whisper_languages(name)
    return ModelInfo(
        name,
        LOCAL,
        speakers=True,
        words=family is None or family.words,
        translates=family is None and not any(kind in name for kind in _WITHOUT_TRANSLATION),
        languages=languages,
    )


def _family(name: str) -> "_Family | None":
    return next((one for one in _FAMILIES if one.part in name), None)


def cloud_models() -> list[ModelInfo]:
    """Return NanoGPT's models with the prices of its document, and the later ones; its bill decides."""

    plain = ModelInfo("Whisper-Large-V3", NANOGPT, Micros(10_000), words=False)
    return [
        plain,
        replace(plain, name="Wizper"),
        ModelInfo("Elevenlabs-STT", NANOGPT, Micros(30_000), speakers=True, words=True, events=True, asynchronous=True),
        replace(plain, name="gpt-4o-mini-transcribe", per_minute=Micros(3_000)),
        replace(plain, name="openai-whisper-with-video", per_minute=Micros(60_000), video=True),
    ]


def _whisper_languages(name: str) -> frozenset[str]:
    size = name.removeprefix("whisper-")
    if size.endswith(".en"):
        return frozenset({"en"})
    return WHISPER if size in _CANTONESE else WHISPER_99
