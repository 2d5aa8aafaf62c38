"""Samples for the system around the service: a unit of systemd, and proxies."""

import re
import shutil
import subprocess
from configparser import RawConfigParser
from pathlib import Path

import pytest

from tests.helpers.paths import ROOT
from tests.helpers.settings import defaults

DOCKER = ROOT / "docker"
PUBLIC = {"api", "v1", "media", "telegram"}
"""The paths that docs/http-api.md names as meant for the internet."""


def unit() -> RawConfigParser:
    parsed = RawConfigParser(strict=False)
    parsed.optionxform = str  # type: ignore[assignment, method-assign]  # names in a unit have capitals
    parsed.read(DOCKER / "earmark.service")
    return parsed


def test_the_unit_starts_the_service_with_few_rights_and_time_to_stop() -> None:
    service = unit()["Service"]
    assert service["ExecStart"].endswith("/.local/bin/earmark run"), "as uv tool install puts it"
    assert service["ExecStart"].startswith(service["WorkingDirectory"])
    assert int(service["TimeoutStopSec"]) >= defaults().engine.stop_seconds + 10
    assert service["User"] != "root"
    assert service["NoNewPrivileges"] == "yes"
    assert service["ProtectSystem"] == "strict"
    assert service["ReadWritePaths"] == service["WorkingDirectory"]


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not installed")
def test_systemd_has_nothing_to_say_about_the_unit(tmp_path: Path) -> None:
    text = (DOCKER / "earmark.service").read_text("utf-8")
    here = tmp_path / "earmark.service"
    here.write_text(re.sub(r"^ExecStart=\S+", "ExecStart=/bin/true", text, flags=re.MULTILINE))
    said = subprocess.run(["systemd-analyze", "verify", here], check=False, capture_output=True, text=True, timeout=30)
    assert (said.returncode, said.stderr) == (0, "")


def test_nginx_passes_what_is_meant_for_the_internet_and_nothing_else() -> None:
    """nginx is not asked: this looks at the text."""
    text = (DOCKER / "nginx.conf").read_text("utf-8")
    assert text.count("{") == text.count("}")
    (location,) = re.findall(r"location ~ (\S+) \{[^}]*proxy_pass http://127\.0\.0\.1:8080;", text)
    passed = re.compile(location)
    assert all(passed.match(f"/{one}/x") or passed.match(f"/{one}") for one in PUBLIC)
    assert not any(
        passed.match(f"/{one}") for one in ("metrics", "docs", "openapi.json", "healthz", "telegram/x", "apix")
    )
    assert re.search(r"location / \{\s*return 404;", text)
    (waits,) = re.findall(r"proxy_read_timeout (\d+)s;", text)
    assert int(waits) > defaults().http.wait_seconds
    assert [line for line in statements(text) if not line.endswith((";", "{", "}"))] == []


def test_caddy_passes_the_same() -> None:
    """Caddy is not asked: this looks at the text."""
    text = (DOCKER / "Caddyfile").read_text("utf-8")
    assert text.count("{") == text.count("}")
    (paths,) = re.findall(r"@public path (.+)", text)
    assert {path.removesuffix("/*").strip("/") for path in paths.split()} == PUBLIC
    assert re.search(r"handle @public \{\s*reverse_proxy 127\.0\.0\.1:8080\s*\}", text)
    assert re.search(r"handle \{\s*respond 404\s*\}", text)


def statements(text: str) -> list[str]:
    lines = (line.partition("#")[0].strip() for line in text.splitlines())
    return [line for line in lines if line]
