"""The picture of the architecture: the packages as the import contracts put them on each other."""

import re
import tomllib
from textwrap import shorten

from tests.helpers.paths import ROOT
from tests.pictures import PICTURES, box, svg, text

PICTURE = PICTURES / "architecture.svg"
_ROW, _GAP, _LEFT, _WIDTH = 46, 8, 14, 692
_CHARACTER = 8
_COLOURS = {"adapters": "#2f7fb8", "": "#3d5a73"}


def layers() -> list[list[str]]:
    """Return the packages, the highest layer first. The service opens adapters, which see what is below it."""
    contracts = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["tool"]["importlinter"]["contracts"]
    (order,) = (one["layers"] for one in contracts if one["type"] == "layers")
    adapters = sorted(f"adapters.{path.parent.name}" for path in ROOT.glob("adapters/*/__init__.py"))
    packages = [[name.strip() for name in layer.split("|")] for layer in order]
    place = packages.index(["chat"])
    return [*packages[:place], adapters, *packages[place:]]


def subjects() -> dict[str, str]:
    """Return the subject of each package, as bot/__init__.py lists them."""
    lines = (ROOT / "bot" / "__init__.py").read_text("utf-8").splitlines()
    found = (re.match(r"(\w+) +(.+)", line) for line in lines)
    return {match[1]: match[2] for match in found if match}


def drawn() -> str:
    """Return the picture as SVG."""
    about, parts = subjects(), list[str]()
    for row, names in enumerate(layers()):
        width = (_WIDTH - _GAP * (len(names) - 1)) // len(names)
        for column, name in enumerate(names):
            left, top = _LEFT + column * (width + _GAP), _LEFT + row * (_ROW + _GAP)
            parts.append(box(left, top, width, _ROW, _COLOURS["adapters" if name.startswith("adapters") else ""]))
            parts.append(text(left + 12, top + 20, name, "#ffffff", "bold"))
            parts.append(
                text(
                    left + 12,
                    top + 37,
                    shorten(about.get(name, ""), (width - 24) // _CHARACTER, placeholder=" ..."),
                    "#dbe7f0",
                )
            )
    height = 2 * _LEFT + len(layers()) * (_ROW + _GAP) - _GAP
    return svg(parts, height, "#f4f7fa", "Packages: each imports only those below it", "sans-serif")


if __name__ == "__main__":
    PICTURE.write_text(drawn(), "utf-8")
