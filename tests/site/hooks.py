"""Hooks of MkDocs: they add the README, the changes and the references, and mend links that lead out of docs/."""

import re
from typing import Any

from mkdocs.structure.files import File, Files

from tests.helpers.paths import ROOT
from tests.site.reference import PAGES

_LINK = re.compile(r"(\]\()([^)\s#]+)")
COPIED = {
    "README.md": "index.md",
    "CHANGELOG.md": "changes.md",
    "CONTRIBUTING.md": "working-on-earmark.md",
    "LICENSE": "LICENSE.txt",
}
"""Files of the project that are pages, or that pages link."""
LINKED = (
    ".env.example",
    "docker/alerts.yaml",
    "docker/grafana.json",
    "docker/compose.yaml",
    "docker/earmark.service",
    "docker/Caddyfile",
    "docker/nginx.conf",
)


def on_files(files: Files, config: Any) -> Files:
    for name, write in PAGES.items():
        files.append(File.generated(config, name, content=write()))
    for name, target in COPIED.items():
        files.append(File.generated(config, target, content=mended((ROOT / name).read_text("utf-8"), "")))
    for name in LINKED:
        files.append(File.generated(config, served(name), content=(ROOT / name).read_text("utf-8")))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    return mended(markdown, "../")


def served(name: str) -> str:
    """Return the address of a linked file: a name that begins with a dot would not be copied."""
    return name.replace(".env", "env")


def mended(text: str, up: str) -> str:
    """Return a page whose links to files outside of docs/ lead to their copies, and those into docs/ to its pages."""
    targets = {up + name: target for name, target in COPIED.items()} | {up + name: served(name) for name in LINKED}

    def mend(link: re.Match[str]) -> str:
        target = targets.get(link[2], link[2])
        return link[1] + (target if up else target.removeprefix("docs/"))

    return _LINK.sub(mend, text)
