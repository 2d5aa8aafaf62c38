"""The hardware for the speech model: device, precision, threads and workers."""

import os
from dataclasses import dataclass
from pathlib import Path

from bot.providers.embedded.model_files import weights_bytes

_SMALL = 600_000_000
"""Bytes of weights; Whisper tiny, base and small are smaller."""
_THREADS_OF_LARGE = 4
"""With more threads a note is hardly sooner done."""


@dataclass(frozen=True, slots=True)
class Hardware:
    """The operator's choice; "auto" and 0 leave it to the machine."""

    device: str = "auto"
    """auto (a CUDA card if one works), cpu or cuda."""
    compute_type: str = "auto"
    """auto, or a compute type of CTranslate2."""
    threads: int = 0
    """Threads of a worker."""
    workers: int = 0
    """Recordings that are recognised at once; all share the weights."""

    def threads_for(self, folder: Path) -> int:
        """Return the threads of a worker for the model in this folder.

        Two notes with a thread each are done sooner than one after the other with two. A large model takes a minute
        for a sentence with one thread.
        """
        if self.threads:
            return self.threads
        return 1 if _is_small(folder) else min(_THREADS_OF_LARGE, processors())

    @property
    def most_workers(self) -> int:
        """Return the number of workers for a model of any size."""
        return self.workers or max(1, processors() // (self.threads or 1))

    def workers_for(self, folder: Path) -> int:
        """Return the number of workers for the model in this folder."""
        return self.workers or max(1, processors() // self.threads_for(folder))


def _is_small(folder: Path) -> bool:
    return weights_bytes(folder) <= _SMALL


def processors() -> int:
    """Return the number of CPUs that this process may use; a container may have fewer than the machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0)) or 1
    return os.cpu_count() or 1
