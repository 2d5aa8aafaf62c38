"""The samples of code in the documentation, as they stand there: other address, other key, and they run."""

import asyncio
import re
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import pytest_asyncio

from tests.helpers.api import Api, prepaid, served
from tests.helpers.paths import ROOT, SAMPLES

pytestmark = pytest.mark.asyncio(loop_scope="module")

NODE = shutil.which("node")
_BLOCK = re.compile(r"^```(python|javascript)\n(.*?)^```", re.MULTILINE | re.DOTALL)
PAGES = [ROOT / "docs" / name for name in ("quick-start.md", "http-api.md")]
CODE = [(page.name, language, code) for page in PAGES for language, code in _BLOCK.findall(page.read_text("utf-8"))]
PYTHON = [code for _, language, code in CODE if language == "python"]
JAVASCRIPT = [code for _, language, code in CODE if language == "javascript"]


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def api(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Api]:
    folder = tmp_path_factory.mktemp("api")
    async with served(prepaid(folder), folder) as api:
        yield api


async def printed(program: str, name: str, code: str, api: Api, folder: Path) -> str:
    """Run a sample beside a voice note; return its output."""
    shutil.copy(SAMPLES / "voice-note.ogg", folder)
    told = code.replace("http://127.0.0.1:8080", api.url).replace("em-...", await api.join())
    (folder / name).write_text(told)
    pipe = asyncio.subprocess.PIPE
    process = await asyncio.create_subprocess_exec(program, name, cwd=folder, stdout=pipe, stderr=pipe)
    async with asyncio.timeout(60):
        out, err = await process.communicate()
    assert process.returncode == 0, err.decode()
    return out.decode().strip()


@pytest.mark.parametrize("code", PYTHON)
async def test_the_samples_in_python_transcribe(api: Api, code: str, tmp_path: Path) -> None:
    assert await printed(sys.executable, "sample.py", code, api, tmp_path) == "What was said in 16.14 seconds."


@pytest.mark.skipif(NODE is None, reason="node is not installed")
@pytest.mark.parametrize("code", JAVASCRIPT)
async def test_the_samples_in_javascript_transcribe(api: Api, code: str, tmp_path: Path) -> None:
    assert NODE
    if 'from "openai"' in code:  # a package that this project does not install: its syntax alone
        (tmp_path / "sample.mjs").write_text(code)
        checked = await asyncio.create_subprocess_exec(NODE, "--check", tmp_path / "sample.mjs")
        assert await checked.wait() == 0
        return
    assert await printed(NODE, "sample.mjs", code, api, tmp_path) == "What was said in 16.14 seconds."


async def test_there_are_samples_of_both() -> None:
    assert len(PYTHON) >= 2
    assert len(JAVASCRIPT) >= 2
