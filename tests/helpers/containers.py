"""An image built and run without a container engine: by buildah, and by a chroot with the limits of the compose file.

It needs root, buildah and unshare; debootstrap if the base image cannot be pulled.
"""

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.helpers.paths import ROOT

TOOLS = ("buildah", "debootstrap", "unshare")
_CERTIFICATES = Path("/etc/ssl/certs/ca-certificates.crt")
_USER = "10001"
_PACKAGES = "python3,python3-venv,python3-pip,ca-certificates"
_MOUNTS = (
    'mount --bind "$ROOT" /mnt && mount -o remount,bind,ro /mnt && mount --bind "$DATA" /mnt/data'
    " && mount -t tmpfs -o size=64m,mode=1777 tmpfs /mnt/tmp"
    " && mount --bind /dev /mnt/dev && mount --rbind /proc /mnt/proc"
)
_RIGHTS = f"setpriv --reuid {_USER} --regid {_USER} --clear-groups --no-new-privs --bounding-set=-all"


def missing_tools() -> list[str]:
    return [tool for tool in TOOLS if shutil.which(tool) is None]


def buildah(*words: str | Path) -> str:
    done = subprocess.run(["buildah", *map(str, words)], check=False, capture_output=True, text=True)
    assert done.returncode == 0, f"buildah {words[0]}: {done.stdout[-3000:]}{done.stderr[-3000:]}"
    return done.stdout.strip()


def have_base(name: str, folder: Path) -> None:
    """Get the base image of a Dockerfile: the one that is here, or pulled, or a stand-in with Debian's Python."""
    local = f"localhost/{name}"
    for find in (["inspect", "--type", "image", local], ["pull", "--policy", "missing", name]):
        if subprocess.run(["buildah", *find], check=False, capture_output=True).returncode == 0:
            return
    root = folder / "base"
    release = name.rpartition("-")[2]
    command = ["debootstrap", "--variant=minbase", f"--include={_PACKAGES}", release, str(root)]
    subprocess.run(command, check=True, capture_output=True)
    for file in root.glob("usr/lib/python3*/EXTERNALLY-MANAGED"):
        file.unlink()
    (root / "usr/bin/python").symlink_to("python3")
    if _CERTIFICATES.exists():  # a package index may be behind a certificate of this machine's
        shutil.copy(_CERTIFICATES, root / str(_CERTIFICATES).lstrip("/"))
    container = buildah("from", "scratch")
    buildah("add", "--quiet", container, root, "/")
    for variable in ("SSL_CERT_FILE", "PIP_CERT"):
        buildah("config", "--env", f"{variable}={_CERTIFICATES}", container)
    buildah("commit", "--quiet", container, local)
    buildah("rm", container)
    shutil.rmtree(root)


def build(tag: str, target: str | None = None) -> None:
    wanted = ["--target", target] if target else []
    dockerfile = ROOT / "docker" / "Dockerfile"
    buildah("bud", "--isolation", "chroot", "--pull-never", *wanted, "-f", dockerfile, "-t", tag, ROOT)


@dataclass(frozen=True, slots=True)
class Container:
    """A mounted image, and the folder that stands for its volume."""

    root: Path
    data: Path
    environment: Mapping[str, str]

    def start(self, *words: str) -> "subprocess.Popen[str]":
        """Start a command as the compose file has it: a root that cannot be written to, a small /tmp, and no rights."""
        return subprocess.Popen(
            ["unshare", "--mount", "sh", "-c", f'{_MOUNTS} && exec chroot /mnt {_RIGHTS} "$@"', "sh", *words],
            env={**self.environment, "ROOT": str(self.root), "DATA": str(self.data), "HOME": "/tmp"},
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def says(self, *words: str) -> str:
        code, said = self.tries(*words)
        assert code == 0, f"{words}: {said}"
        return said

    def tries(self, *words: str) -> tuple[int, str]:
        """Run a command that may fail; return its exit code, and its output or else what it complains of."""
        process = self.start(*words)
        try:
            out, err = process.communicate(timeout=120)
        finally:
            process.kill()
        return process.returncode, out or err


@contextmanager
def mounted(image: str, data: Path, environment: Mapping[str, str]) -> Iterator[Container]:
    """Mount an image; its environment and then the given one count."""
    own = buildah("inspect", "--type", "image", "--format", "{{range .OCIv1.Config.Env}}{{println .}}{{end}}", image)
    variables = dict(line.split("=", 1) for line in own.splitlines() if line)
    data.mkdir(mode=0o700)
    os.chown(data, int(_USER), int(_USER))
    container = buildah("from", "--pull-never", image)
    try:
        yield Container(Path(buildah("mount", container)), data, variables | dict(environment))
    finally:
        buildah("umount", container)
        buildah("rm", container)


def megabytes(folder: Path) -> int:
    """Return the size of a folder on the disk, files linked twice counted once."""
    said = subprocess.run(["du", "-sm", folder], check=True, capture_output=True, text=True)
    return int(said.stdout.split()[0])
