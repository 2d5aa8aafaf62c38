"""NVIDIA's libraries from the packages of `earmark[cuda]`, where the system's loader does not look for them."""

import ctypes
import sys
from collections.abc import Iterable
from pathlib import Path

import structlog

log = structlog.get_logger()

_PATTERNS = ("libcublasLt.so.12", "libcublas.so.12")
"""Libraries that CTranslate2's wheel opens by name, each after those that it needs; it brings the rest along."""


def load_cuda_libraries(site_folders: Iterable[str] = tuple(sys.path)) -> list[str]:
    """Load the libraries that are installed as packages, and return their names. Blocking.

    CTranslate2 then finds them as already loaded. A system's own CUDA needs none of it.
    """
    loaded = []
    for file in _installed(site_folders):
        try:
            ctypes.CDLL(str(file), mode=ctypes.RTLD_GLOBAL)
        except OSError as error:
            log.warning("library of the graphics card cannot be loaded", file=str(file), error=str(error))
        else:
            loaded.append(file.name)
    return loaded


def _installed(site_folders: Iterable[str]) -> list[Path]:
    folders = [Path(folder) / "nvidia" / "cublas" / "lib" for folder in site_folders]
    found = (next((folder / name for folder in folders if (folder / name).is_file()), None) for name in _PATTERNS)
    return [file for file in found if file is not None]
