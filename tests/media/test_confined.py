"""The rights that ffmpeg's process has given up, tried by another program in its place: as after a flaw."""

import ctypes
import os
import signal
import socket
import subprocess
import sys
import time
from pathlib import Path

import psutil
import pytest

from bot.media.ffmpeg import Bounds, confined

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="only Linux lets a process give up its rights")
PYTHON = Path(sys.executable).resolve()
"""A program that does what a test says, and no script."""
BOUNDS = Bounds(seconds=60, time_limit=20, memory=1024**3)
_CREATE_RULESET = 444
NO_LANDLOCK = sys.platform == "linux" and ctypes.CDLL(None).syscall(_CREATE_RULESET, None, 0, 1) < 1


def tried(code: str, bounds: Bounds = BOUNDS, program: Path = PYTHON) -> str:
    """Return what the code printed, or the name of the exception that it met."""
    lines = f"import os, socket, sys\ntry:\n    {code}\nexcept Exception as error:\n    print(type(error).__name__)"
    command = confined(program, ["-I", "-S", "-c", lines], bounds)
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=30)
    return done.stdout.strip() or f"exit {done.returncode}: {done.stderr}"


@pytest.mark.parametrize(
    "code",
    [
        "socket.socket()",
        "socket.socket(socket.AF_UNIX)",
        "socket.socketpair()",
        "os.fork()",
        "os.execv('/bin/true', ['true'])",
        "os.posix_spawn('/bin/true', ['true'], {})",
        "os.kill(os.getppid(), 0)",
        "os.memfd_create('x')",
        "os.pidfd_open(os.getpid())",
        "import resource; resource.prlimit(os.getppid(), resource.RLIMIT_NOFILE)",
    ],
)
def test_it_has_no_network_and_no_other_process(code: str) -> None:
    assert tried(code) in ("PermissionError", "OSError")


@pytest.mark.skipif(NO_LANDLOCK, reason="this kernel has no Landlock")
def test_it_opens_the_recording_and_the_new_file_and_nothing_else(tmp_path: Path) -> None:
    recording, made, secret = tmp_path / "recording", tmp_path / "made", tmp_path / "secret"
    recording.write_text("sound")
    secret.write_text("secret")
    bounds = Bounds(60, 20, 1024**3, reads=recording, writes=made)
    assert tried(f"print(open({str(recording)!r}).read())", bounds) == "sound"
    assert tried(f"print(open({str(made)!r}, 'w').write('text'))", bounds) == "4"
    assert made.read_text() == "text"
    assert made.stat().st_mode & 0o777 == 0o600
    for code in (
        f"print(open({str(secret)!r}).read())",
        f"open({str(secret)!r}, 'w')",
        f"open({str(recording)!r}, 'w')",
        f"open({str(tmp_path / 'new')!r}, 'w')",
        f"os.listdir({str(tmp_path)!r})",
        f"os.unlink({str(secret)!r})",
        f"os.rename({str(made)!r}, {str(secret)!r})",
        "open('/etc/passwd')",
        "open('/proc/self/environ')",
        f"open('/proc/{os.getpid()}/mem', 'rb')",
        "os.listdir('/root')",
    ):
        assert tried(code, bounds) == "PermissionError", code
    assert secret.read_text() == "secret"


def test_it_can_gain_no_privilege_and_has_no_environment_and_no_file_of_the_service(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("EARMARK_SECRET", "secret")
    asked = "import ctypes; print(ctypes.CDLL(None).prctl(39, 0, 0, 0, 0), dict(os.environ))"
    assert tried(asked) in ("1 {}", "1 {'LC_CTYPE': 'C.UTF-8'}")  # Python sets this one for itself
    with (tmp_path / "open").open("w") as file:
        os.set_inheritable(file.fileno(), True)
        assert tried(f"os.fstat({file.fileno()})") == "OSError"


def test_its_memory_files_and_bytes_have_limits_from_the_first_instruction(tmp_path: Path) -> None:
    assert tried("bytearray(2 << 30)") == "MemoryError"
    bounds = "r.RLIMIT_CORE, r.RLIMIT_NOFILE, r.RLIMIT_FSIZE"
    asked = f"import resource as r; print(*(r.getrlimit(one)[1] for one in ({bounds})))"
    assert tried(asked) == "0 64 0"
    assert tried(asked, Bounds(60, 20, 1024**3, writes=tmp_path / "made")).startswith("0 64 ")


def test_it_ends_with_the_service_even_if_that_is_killed() -> None:
    service = f"import subprocess, sys; sys.path[:0] = {sys.path!r}\n" + (
        "from pathlib import Path\n"
        "from bot.media.ffmpeg import Bounds, confined\n"
        "command = confined(Path(sys.argv[1]), ['-S', '-c', 'import time; time.sleep(60)'], Bounds(60, 60, 1 << 30))\n"
        "child = subprocess.Popen(command, start_new_session=True)\n"
        "print(child.pid, flush=True)\n"
        "child.wait()\n"
    )
    with subprocess.Popen([sys.executable, "-c", service, PYTHON], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout
        child = psutil.Process(int(process.stdout.readline()))
        while "time.sleep(60)" not in child.cmdline()[-1]:
            time.sleep(0.01)
        time.sleep(0.3)  # until it has become the program
        process.send_signal(signal.SIGKILL)
    gone, alive = psutil.wait_procs([child], timeout=5)
    assert (len(gone), alive) == (1, [])


def test_a_script_in_its_place_has_children_but_no_network(tmp_path: Path) -> None:
    """Such as an operator's wrapper: it needs its interpreter."""
    wrapper = tmp_path / "wrapper"
    wrapper.write_text(f'#!/bin/sh\nexec {PYTHON} "$@"\n')
    wrapper.chmod(0o700)
    assert tried("print(os.waitstatus_to_exitcode(os.system('true')))", program=wrapper) == "0"
    assert tried("socket.socket()", program=wrapper) == "PermissionError"


def test_a_listener_of_the_service_is_out_of_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        assert tried(f"socket.create_connection({server.getsockname()!r})") in ("PermissionError", "OSError")
