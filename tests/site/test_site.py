"""The documentation as a site: it is built without a warning, and its references have all that the code has."""

import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest

from tests.helpers.paths import ROOT
from tests.helpers.settings import environment_variables
from tests.site.layers import PICTURE, drawn, layers, subjects
from tests.site.reference import commands_page, sentences

_TARGET = re.compile(r'(?:href|src)="([^"]+)"')
_ELSEWHERE = re.compile(r'(?:src|srcset)="https?:|<link[^>]+rel="(?:stylesheet|preconnect)"[^>]+href="https?:|@import')


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("site") / "site"
    build = [sys.executable, "-m", "mkdocs", "build", "--strict", "--config-file", "tests/site/mkdocs.yml"]
    quiet = os.environ | {"NO_MKDOCS_2_WARNING": "1"}
    command = [*build, "--site-dir", str(folder)]
    done = subprocess.run(command, check=False, cwd=ROOT, env=quiet, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "WARNING" not in done.stderr
    return folder


def page(site: Path, name: str) -> str:
    return (site / f"{name}.html").read_text("utf-8")


def test_every_link_of_every_page_leads_to_a_file_of_the_site(site: Path) -> None:
    for html in site.glob("*.html"):
        for link in _TARGET.findall(html.read_text("utf-8")):
            parts = urlsplit(link)
            if parts.scheme or not parts.path or html.name == "404.html":
                continue
            assert (html.parent / unquote(parts.path)).exists(), (html.name, link)


def test_no_page_loads_anything_from_elsewhere(site: Path) -> None:
    assert [html.name for html in site.glob("*.html") if _ELSEWHERE.search(html.read_text("utf-8"))] == []


def test_every_page_of_docs_is_in_the_site(site: Path) -> None:
    pages = {html.stem for html in site.glob("*.html")}
    assert {path.stem for path in (ROOT / "docs").glob("*.md")} <= pages


def test_the_settings_are_all_there(site: Path) -> None:
    text = page(site, "reference-settings")
    assert [one.name for one in environment_variables() if f"<code>{one.name}</code>" not in text] == []


def test_the_errors_are_all_there(site: Path) -> None:
    text = page(site, "reference-errors")
    codes = [name.removeprefix("error-") for name in sentences() if name.startswith("error-")]
    assert len(codes) > 40
    assert [code for code in codes if f"<code>{code}</code>" not in text] == []


def test_the_commands_are_all_there() -> None:
    tree = (ROOT / "tests" / "data" / "command_tree.txt").read_text("utf-8").splitlines()
    headings = set(re.findall(r"^## (.+)$", commands_page(), re.MULTILINE))
    leaves = {line for line in tree if line.startswith("earmark ")}
    groups = {line for line in leaves if any(other.startswith(f"{line} ") for other in leaves)}
    assert leaves - groups - headings == set()


def test_the_routes_have_their_errors_bodies(site: Path) -> None:
    text = page(site, "reference-api")
    assert "requiredBalance" in text
    assert "insufficient_quota" in text
    assert text.count('<h2 id="') > 20


def test_the_picture_of_the_architecture_is_that_of_the_import_contracts() -> None:
    """`python -m tests.site.layers` draws it again."""
    assert PICTURE.read_text("utf-8") == drawn()
    assert {name for layer in layers() for name in layer if "." not in name} <= set(subjects())
