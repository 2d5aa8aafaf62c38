"""Folders of the project that tests read."""

from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The project itself."""
DATA = ROOT / "tests" / "data"
SAMPLES = DATA / "samples"
"""Real speech, with what is said in it (samples.json) and its licences (NOTICE)."""
SPECS = ROOT.parent / "shared" / "specs"
"""Machine-readable descriptions of the platforms' APIs, if they lie beside the project; it does without them."""
