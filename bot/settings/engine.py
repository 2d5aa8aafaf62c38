"""Settings of the engine: models, the embedded one's hardware, and the notes that are processed at once."""

from typing import Annotated, Literal

from bot.domain.catalog import model_names
from bot.support.settings_section import FileOrNone, Section, Vocabulary, described, was_a_switch

ComputeType = Literal[
    "auto", "int8", "int8_float32", "int8_float16", "int8_bfloat16", "int16", "float16", "bfloat16", "float32"
]
KnownFiles = Annotated[Literal["off", "own", "all"], was_a_switch(on="own", off="off")]


class Engine(Section):
    """Models, and how many notes are processed."""

    language: Annotated[str, described('Spoken language as a code (en, es, ru), or "auto" to detect it.')] = "auto"
    vocabulary: Annotated[
        Vocabulary, described("Names and terms that users may speak, as they are to be written, with commas between.")
    ] = ""
    local_model: Annotated[
        str,
        described(
            "Embedded models, with commas between, the default first: base (included), a name of `earmark models`, "
            "or a folder with a model for faster-whisper or sherpa-onnx."
        ),
    ] = "base"
    local_device: Annotated[
        Literal["auto", "cpu", "cuda"],
        described("Device of the embedded model: auto (a CUDA card if one works), cpu, cuda."),
    ] = "auto"
    local_compute_type: Annotated[
        ComputeType,
        described(
            "Precision of the embedded model: auto (int8, on a card int8_float16), or a compute type of CTranslate2."
        ),
    ] = "auto"
    local_threads: Annotated[
        int,
        described("CPU threads of one recognition. 0: 1, and up to 4 for models larger than small.", ge=0, le=256),
    ] = 0
    local_workers: Annotated[
        int,
        described("Recordings that are recognised at once; they share the model. 0: all CPUs are used.", ge=0, le=256),
    ] = 0
    local_idle_minutes: Annotated[
        float,
        described(
            "Minutes without work after which an embedded model other than the first is unloaded. 0: never.", ge=0
        ),
    ] = 30
    speaker_model: Annotated[
        str, described("ONNX file of the voice model that tells speakers apart. Empty: the included model.")
    ] = ""
    live_text: Annotated[
        bool,
        described("Show the text in chats while the embedded model hears the rest, if it costs nothing."),
    ] = True
    provider: Annotated[
        Literal["", "local", "nanogpt"],
        described(
            "Provider of the default model: local or nanogpt. Empty: nanogpt if its key is set, otherwise local."
        ),
    ] = ""
    model: Annotated[
        str, described("Default model for users who have not chosen one. Empty: the provider's first model.")
    ] = ""
    models_file: Annotated[
        FileOrNone,
        described("TOML file with models, prices and additional model names; docs/operating.md describes it."),
    ] = None
    known_files: Annotated[
        KnownFiles,
        described(
            "Answer a known recording from its stored transcript, without a new charge: own (of the same user, or "
            "answered in the same chat), all (of any user), off."
        ),
    ] = "own"
    notes_at_once: Annotated[
        int, described("Notes of each platform that are processed at the same time.", ge=1, le=2000)
    ] = 64
    notes_per_user: Annotated[
        int, described("Notes of one user that are processed at the same time.", ge=1, le=2000)
    ] = 4
    stop_seconds: Annotated[
        float,
        described(
            "Seconds that a stop waits for notes in progress; unfinished notes continue at the next start.", ge=0
        ),
    ] = 20

    @property
    def local_models(self) -> list[str]:
        """Return the embedded models, the default first."""
        return model_names(self.local_model)
