"""The container image, built and run as the compose file says, without an engine: make image-test, as root, minutes."""

import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import replace

import httpx
import pytest

from tests.helpers.containers import Container, build, have_base, megabytes, missing_tools, mounted
from tests.helpers.dockerfile import compose, of, stages
from tests.helpers.paths import SAMPLES
from tests.helpers.processes import stop_as_an_operator
from tests.helpers.terminal import free_port

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(missing_tools()), reason="buildah, debootstrap or unshare is not installed"),
]
UNREACHABLE = {"EARMARK_NANOGPT_BASE_URL": "http://127.0.0.1:9/api"}
IMAGE = "localhost/earmark-image-test"
MOST_ADDED, MOST_ADDED_BY_CLOUD = 980, 560
"""Megabytes that Earmark adds to the base image, with the embedded engine and without."""


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The image that the others stand on."""
    name = of(stages()[0], "FROM")[0].words[0]
    have_base(name, tmp_path_factory.mktemp("base"))
    return name


@pytest.fixture(scope="module")
def port() -> int:
    return free_port()


@pytest.fixture(scope="module")
def container(base: str, tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Container]:
    build(IMAGE)
    given = compose()["services"]["earmark"]["environment"] | {"EARMARK_API_BIND": f"127.0.0.1:{port}"}
    with mounted(IMAGE, tmp_path_factory.mktemp("image") / "data", given) as made:
        yield made


@pytest.fixture(scope="module")
def cloud(base: str, tmp_path_factory: pytest.TempPathFactory, port: int) -> Iterator[Container]:
    """The image without the embedded engine; its provider is not there."""
    build(f"{IMAGE}-cloud", "cloud")
    given = compose()["services"]["earmark"]["environment"] | {"EARMARK_API_BIND": f"127.0.0.1:{port}"}
    with mounted(f"{IMAGE}-cloud", tmp_path_factory.mktemp("cloud") / "data", given) as made:
        yield made


def test_their_sizes(base: str, container: Container, cloud: Container) -> None:
    for name, made, most in (("Earmark", container, MOST_ADDED), ("without the engine it", cloud, MOST_ADDED_BY_CLOUD)):
        added = megabytes(made.root / "opt" / "earmark")
        print(f"{name} adds {added} MB to {base}", file=sys.stderr)
        assert added <= most


def test_it_transcribes_backs_up_finds_itself_well_and_stops(container: Container, port: int) -> None:
    service = container.start("earmark", "run")
    try:
        assert service.stderr
        next(line for line in service.stderr if "listens" in line)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=30) as answer:
            assert answer.status == 200
        assert "He was not an ill-disposed young man." in transcribed(container, port)
        findings = container.says("earmark", "doctor").splitlines()
        assert [line for line in findings if not line.startswith("[ok]")] == []
        assert any("/opt/earmark/cache/models/base" in line for line in findings), "there is no second copy"
        assert not (container.data / "cache").exists()
        container.says("earmark", "backup", "/data/backup.zip")
        stop_as_an_operator(service)
    finally:
        service.kill()
        service.communicate()


def transcribed(container: Container, port: int) -> str:
    key = container.says("earmark", "keys", "create", "ada").strip()
    files = {"audio": ("voice-note.ogg", (SAMPLES / "voice-note.ogg").read_bytes(), "audio/ogg")}
    url = f"http://127.0.0.1:{port}/api/transcribe"
    return httpx.post(url, files=files, headers={"x-api-key": key}, timeout=120).raise_for_status().text


def test_it_can_write_to_its_volume_alone(container: Container) -> None:
    tried = "touch /data/x && touch /tmp/x && ! touch /opt/earmark/x && ! touch /x && id -u"
    assert container.says("sh", "-c", tried).strip() == "10001"
    assert (container.data / "x").exists()


def test_without_the_engine_it_says_what_is_missing_and_runs_with_a_provider(cloud: Container, port: int) -> None:
    code, said = cloud.tries("earmark", "doctor")
    assert code == 1
    assert "the embedded engine is not installed here (package faster-whisper)" in said
    given = replace(cloud, environment={**cloud.environment, "EARMARK_NANOGPT_API_KEY": "none"} | UNREACHABLE)
    assert "[ok] model: not used" in given.tries("earmark", "doctor")[1]
    service = given.start("earmark", "run")
    try:
        assert service.stderr
        next(line for line in service.stderr if "listens" in line)
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=30) as answer:
            assert answer.status == 200
    finally:
        service.terminate()
        service.communicate(timeout=40)
    assert service.returncode == 0
