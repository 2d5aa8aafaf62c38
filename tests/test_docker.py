"""The container, as far as it can be tried without an engine for it, and what watches the service from outside."""

import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tomllib
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import yaml  # type: ignore[import-untyped]  # the lock has no types for it

from bot import __version__
from bot.operations.monitor import LONGEST_UNAUDITED
from tests.helpers.dockerfile import DOCKER, compose, environment, image, of, stages
from tests.helpers.paths import ROOT
from tests.helpers.settings import defaults, environment_variables
from tests.helpers.terminal import Terminal

BIN = Path(sys.executable).parent
HADOLINT = BIN / "hadolint"
_PROMETHEUS_S_OWN = {"up"}
_WORDS = {"by", "on", "and", "or", "unless", "ignoring", "group_left", "group_right", "without", "bool", "offset", "le"}


def test_every_stage_begins_with_the_same_base_of_one_release() -> None:
    begins = [of(stage, "FROM")[0].words for stage in stages()]
    own = {words[2] for words in begins if len(words) > 1}
    (base,) = {words[0] for words in begins} - own
    pinned = re.fullmatch(r"python:3\.(\d+)\.\d+-slim-\w+", base)
    assert pinned
    project = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
    first, beyond = re.findall(r"3\.(\d+)", project["requires-python"])
    assert int(first) <= int(pinned[1]) < int(beyond)


def test_what_is_installed_is_pinned_and_its_hashes_are_verified() -> None:
    build = stages()[0]
    first, second, _ = (one.rest for one in of(build, "RUN"))
    (pinned,) = re.findall(r"uv==([\d.]+)", first)
    assert f"UV_VERSION = {pinned}\n" in (ROOT / "Makefile").read_text("utf-8"), "the same as developers have"
    assert "--constraint requirements.lock --build-constraint builders.lock" in second
    assert "tests/requirements.lock builders.lock" in [one.rest for one in of(build, "COPY")]
    assert "--no-verify-hashes" not in second
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    packages = re.findall(r"^[a-z][\w.-]*==\S+.*?(?=^[a-z]|\Z)", lock, re.MULTILINE | re.DOTALL)
    assert len(packages) > 50
    assert all("--hash=sha256:" in package for package in packages)


def test_the_image_that_runs_is_slim_and_nobody_in_it_is_root() -> None:
    last = image()
    assert all(one.rest.startswith("--from=build ") for one in of(last, "COPY")), "nothing but what was installed"
    assert not any(tool in one.rest for one in of(last, "RUN") for tool in ("pip", "apt", "curl"))
    user = of(last, "USER")[-1].rest
    assert re.fullmatch(r"[1-9]\d{3,}:[1-9]\d{3,}", user)
    assert f"--uid {user.partition(':')[0]} " in of(last, "RUN")[0].rest
    assert [one.verb for one in last].index("USER") < [one.verb for one in last].index("CMD")
    assert of(last, "VOLUME")[0].rest == "/data"
    assert of(last, "STOPSIGNAL")[0].rest == "SIGTERM"
    assert json.loads(of(last, "CMD")[0].rest) == ["earmark", "run"]


def test_the_image_s_settings_are_settings_and_none_is_a_secret() -> None:
    ours = {name for name in environment() if name.startswith("EARMARK_")}
    assert ours <= {variable.name for variable in environment_variables()}
    text = (DOCKER / "Dockerfile").read_text("utf-8") + yaml.dump(compose())
    assert not re.search(r"(token|secret|key|password)\w*\s*[=:]\s*\S", text, re.IGNORECASE)
    ignored = (ROOT / ".dockerignore").read_text("utf-8").splitlines()
    assert {".env", ".git", "data", "secrets"} <= set(ignored), "what must never be in an image"


def test_secrets_can_come_from_files_where_three_lines_are_switched_on() -> None:
    text = (DOCKER / "compose.yaml").read_text("utf-8")
    switched_on, lines = re.subn(r"^( *)#(?=\S)", r"\1", text, flags=re.MULTILINE)
    assert lines == 3
    content = compose(switched_on)
    service = content["services"]["earmark"]
    assert set(service["secrets"]) == set(content["secrets"])
    for name, secret in content["secrets"].items():
        assert secret == {"file": f"../secrets/{name}"}
        assert service["environment"][f"EARMARK_{name.upper()}_FILE"] == f"/run/secrets/{name}"
        assert f"EARMARK_{name.upper()}" in {variable.name for variable in environment_variables()}


def test_the_service_may_write_to_its_volume_alone_and_gain_no_rights() -> None:
    content = compose()
    service = content["services"]["earmark"]
    assert service["read_only"] is True
    assert service["volumes"] == ["data:/data"]
    assert "data" in content["volumes"]
    assert [mount.partition(":")[0] for mount in service["tmpfs"]] == ["/tmp"]
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert not {"privileged", "cap_add", "network_mode", "pid"} & set(service)
    assert all(port.startswith("127.0.0.1:") for port in service["ports"]), "a proxy with TLS goes before it"
    assert (ROOT / "docker" / service["build"]["context"] / service["build"]["dockerfile"]).is_file()


def test_the_project_of_the_compose_file_has_a_name_of_its_own_and_limits() -> None:
    """Else it would be called docker, as its folder, and so would its volume."""
    assert compose()["name"] == "earmark"
    assert compose()["services"]["earmark"]["mem_limit"] == "2g"
    assert environment()["EARMARK_CACHE_DIR"] == compose()["services"]["earmark"]["environment"]["EARMARK_CACHE_DIR"]


def test_the_image_without_the_engine_lacks_what_only_the_engine_needs() -> None:
    lock = (ROOT / "requirements.lock").read_text("utf-8")
    (without,) = (stage for stage in stages() if of(stage, "FROM")[0].rest.endswith(" AS cloud-build"))
    (removed,) = (one.words for one in of(without, "RUN"))
    packages = removed[removed.index("/opt/earmark/bin/python") + 1 : removed.index("&&")]
    assert {"ctranslate2", "faster-whisper", "onnxruntime", "sherpa-onnx"} <= set(packages)
    assert [name for name in packages if f"\n{name}==" not in lock] == []


def test_the_container_is_given_the_time_that_a_stop_takes() -> None:
    grace = int(compose()["services"]["earmark"]["stop_grace_period"].rstrip("s"))
    assert grace >= defaults().engine.stop_seconds + 10


def test_hadolint_has_nothing_to_say() -> None:
    said = subprocess.run([HADOLINT, DOCKER / "Dockerfile"], check=False, capture_output=True, text=True)
    assert (said.returncode, said.stdout) == (0, "")


def copied(folder: Path) -> None:
    """Return the files of the project that the build stage copies, and nothing else."""
    for one in of(stages()[0], "COPY"):
        *sources, target = one.words
        for source in sources:
            if (ROOT / source).is_dir():
                ignored = shutil.ignore_patterns("__pycache__")
                shutil.copytree(ROOT / source, folder / target, ignore=ignored, dirs_exist_ok=True)
            else:
                shutil.copy(ROOT / source, folder / target)


def files_of(folder: Path) -> set[str]:
    """The files of the packages in it."""
    found = (path for name in ("bot", "adapters") for path in (folder / name).rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in found if "__pycache__" not in path.parts}


@pytest.mark.skipif(not (BIN / "uv").exists(), reason="uv is not beside Python, as the Makefile puts it")
def test_what_is_copied_is_all_that_the_package_is_made_of(tmp_path: Path) -> None:
    source, target = tmp_path / "source", tmp_path / "target"
    source.mkdir()
    copied(source)
    install = f"uv pip install --offline --no-deps --no-build-isolation --python {sys.executable} --target {target} ."
    done = subprocess.run([BIN / "uv", *install.split()[1:]], check=False, cwd=source, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert files_of(target) - {"bot/.env.example"} == files_of(source)
    assert (target / f"earmark-{__version__}.dist-info").is_dir()


@pytest.mark.slow
def test_the_commands_that_build_the_image_make_an_earmark_that_works(tmp_path: Path) -> None:
    """It needs a package index, as the build of the image does."""
    work, opt = tmp_path / "earmark", tmp_path / "opt"
    work.mkdir()
    copied(work)
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "base"], check=True)
    path = os.pathsep.join([str(tmp_path / "base" / "bin"), os.environ["PATH"]])
    settings = os.environ | {"PATH": path, "UV_PYTHON": sys.executable}
    for one in of(stages()[0], "RUN"):
        command = ["sh", "-ec", one.rest.replace("/opt/earmark", str(opt))]
        done = subprocess.run(command, check=False, cwd=work, env=settings, capture_output=True, text=True)
        assert done.returncode == 0, done.stderr
    assert not (opt / "bin" / "pytest").exists(), "what only developers need is left out"
    assert any((opt / "lib").rglob("typer/__pycache__/*.pyc")), "a read-only root takes none later"
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("EARMARK_", "PYTHON"))}
    here = kept | {"EARMARK_DATA_DIR": str(tmp_path / "data"), "EARMARK_CACHE_DIR": str(opt / "cache")}
    said = subprocess.run([opt / "bin" / "earmark", "demo"], check=True, cwd=tmp_path, env=here, capture_output=True)
    assert b"He was not an ill-disposed young man." in said.stdout


@dataclass(frozen=True, slots=True)
class Seen:
    """Observations of a service that ran like the one in the container."""

    early: int
    """Exit code of the health check before the service was there."""
    health: int
    """And once it was."""
    metrics: str
    exit_code: int
    read_only: bool


def may_mount() -> bool:
    """Return True if the root can be made read-only here, for one process alone."""
    command = ["unshare", "--mount", "mount", "-o", "remount,bind,ro", "/"]
    return (
        shutil.which("unshare") is not None and not subprocess.run(command, check=False, capture_output=True).returncode
    )


@pytest.fixture(scope="module")
def seen(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seen]:
    """As in the container, if that is possible: its settings, and a root that is read-only."""
    volumes = tmp_path_factory.mktemp("container")
    elsewhere = ("PATH", "EARMARK_DATA_DIR", "EARMARK_CACHE_DIR")
    given = environment() | compose()["services"]["earmark"]["environment"]
    ours = {name: value for name, value in given.items() if name not in elsewhere}
    # A cloud that is not there: the model's warm-up, which takes seconds, is nothing that a container changes.
    also = {"EARMARK_NANOGPT_API_KEY": "none", "EARMARK_NANOGPT_BASE_URL": "http://127.0.0.1:9/api"}
    terminal = Terminal(volumes / "data", ours | also | {"EARMARK_API_BIND": "127.0.0.1:0"})
    early = healthy("http://127.0.0.1:9")
    read_only = may_mount()
    process = started_read_only(terminal, volumes) if read_only else terminal.start("run")
    try:
        assert process.stderr is not None
        line = next(line for line in process.stderr if "listens at" in line)
        address = line.partition("listens at ")[2].partition(" ")[0]
        with urllib.request.urlopen(f"{address}/metrics", timeout=10) as answer:
            metrics = answer.read().decode()
        health = healthy(address)
        process.send_signal(signal.SIGTERM)
        _, err = process.communicate(timeout=20)
        assert "Traceback" not in err
        assert process.returncode is not None
        yield Seen(early, health, metrics, process.returncode, read_only)
    finally:
        process.kill()
        process.communicate()


def started_read_only(terminal: Terminal, volumes: Path) -> "subprocess.Popen[str]":
    """All that can be written to is one folder, which stands for the volume and for /tmp."""
    for name in ("data", "tmp"):
        (volumes / name).mkdir(mode=0o700)
    mounts = 'mount --bind "$1" /mnt && mount -o remount,bind,ro / && ! touch /proof 2>/dev/null'
    return subprocess.Popen(
        ["unshare", "--mount", "sh", "-c", f'{mounts} && cd / && exec "$0" -m bot run', sys.executable, volumes],
        env=terminal.environment(EARMARK_DATA_DIR="/mnt/data", TMPDIR="/mnt/tmp"),
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def healthy(address: str) -> int:
    """Return the exit code of the image's health check."""
    (check,) = of(image(), "HEALTHCHECK")
    command = json.loads(check.rest.partition("CMD ")[2])
    words = [sys.executable, *(word.replace("http://127.0.0.1:8080", address) for word in command[1:])]
    return subprocess.run(words, check=False, capture_output=True, timeout=20).returncode


def test_the_health_check_means_it(seen: Seen) -> None:
    assert (seen.early, seen.health) == (1, 0)
    (check,) = of(image(), "HEALTHCHECK")
    assert {"--interval", "--timeout", "--start-period"} <= {word.partition("=")[0] for word in check.words}
    assert environment()["EARMARK_API_BIND"].endswith(":8080")
    assert ":8080/healthz" in check.rest, "who is paused, or has a full disk, is not better after a restart"


def test_it_stops_when_it_is_told_to(seen: Seen) -> None:
    assert seen.exit_code == 0


def test_it_runs_on_a_read_only_root(seen: Seen) -> None:
    if not seen.read_only:
        pytest.skip("nothing can be mounted here")
    assert seen.health == 0


def exported(metrics: str) -> dict[str, str]:
    """The names that can be asked for, and the kind of each."""
    found = dict(re.findall(r"^# TYPE (\S+) (\w+)$", metrics, re.MULTILINE))
    for name in [name for name, kind in found.items() if kind == "histogram"]:
        found |= dict.fromkeys((f"{name}_bucket", f"{name}_sum", f"{name}_count"), "histogram")
    return found


def named(expression: str) -> set[str]:
    """The metrics in a PromQL expression: what is neither a function, a label, a word of the language nor a text."""
    bare = re.sub(r'"[^"]*"', "", expression)
    bare = re.sub(r"\{[^}]*\}|\[[^\]]*\]|\b(?:by|on|without|ignoring)\s*\([^)]*\)", " ", bare)
    bare = re.sub(r"^label_values\(([^,]*),.*\)$", r"\1", bare)
    return {name for name in re.findall(r"\b[a-zA-Z_:][\w:]*\b(?!\s*\()", bare) if name not in _WORDS}


def dashboard() -> dict[str, Any]:
    content: dict[str, Any] = json.loads((DOCKER / "grafana.json").read_text("utf-8"))
    return content


def rules() -> list[dict[str, Any]]:
    groups = yaml.safe_load((DOCKER / "alerts.yaml").read_text("utf-8"))["groups"]
    return [rule for group in groups for rule in group["rules"]]


def asked() -> dict[str, str]:
    """Every expression, by its place."""
    panels = {
        f"panel {panel['title']} {target['refId']}": target["expr"]
        for panel in dashboard()["panels"]
        for target in panel["targets"]
    }
    variables = {
        f"variable {one['name']}": one["query"] for one in dashboard()["templating"]["list"] if one["type"] == "query"
    }
    return panels | variables | {f"alert {rule['alert']}": rule["expr"] for rule in rules()}


def test_every_metric_that_is_asked_for_is_one_that_the_service_exports(seen: Seen) -> None:
    known = exported(seen.metrics)
    asked_for = {where: named(expression) for where, expression in asked().items()}
    assert all(asked_for.values())
    assert {where: names - known.keys() - _PROMETHEUS_S_OWN for where, names in asked_for.items()} == {
        where: set() for where in asked_for
    }
    part = re.compile(r"_(bucket|count|sum)$")
    ours = {part.sub("", name) for name in known if name.startswith("earmark_") and not name.endswith("_created")}
    used = set().union(*asked_for.values())
    assert {part.sub("", name) for name in used if name.startswith("earmark_")} == ours, "and each of ours is looked at"


def test_rates_are_of_counters_and_gauges_stand_for_themselves(seen: Seen) -> None:
    kinds = exported(seen.metrics)
    for where, expression in asked().items():
        for name in re.findall(r"\b(?:rate|increase)\(\s*(\w+)", expression):
            assert kinds[name] in ("counter", "histogram"), where


def test_every_alert_says_what_is_the_matter_and_what_to_do() -> None:
    names = [rule["alert"] for rule in rules()]
    assert len(set(names)) == len(names)
    for rule in rules():
        assert set(rule) <= {"alert", "expr", "for", "labels", "annotations"}
        assert rule["labels"]["severity"] in ("critical", "warning")
        assert all(rule["annotations"][part].endswith(".") for part in ("summary", "description"))


def test_an_audit_that_never_ends_is_told_of_after_the_same_time_as_to_the_owners() -> None:
    (rule,) = (rule for rule in rules() if rule["alert"] == "EarmarkLedgerNotAudited")
    first_or_start = '(earmark_ledger_audit_timestamp_seconds > 0 or process_start_time_seconds{job="earmark"})'
    assert rule["expr"].strip() == f"time() - {first_or_start} > {LONGEST_UNAUDITED // timedelta(hours=1)} * 3600"


def test_the_panels_of_the_dashboard_do_not_overlap() -> None:
    taken: set[tuple[int, int]] = set()
    ids = [panel["id"] for panel in dashboard()["panels"]]
    assert len(set(ids)) == len(ids)
    for panel in dashboard()["panels"]:
        grid = panel["gridPos"]
        cells = {
            (x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])
        }
        assert grid["x"] + grid["w"] <= 24
        assert not cells & taken, panel["title"]
        taken |= cells
