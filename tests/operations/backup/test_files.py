"""Backups: the file, its safety, and what breaks off."""

import asyncio
import hashlib
import json
import os
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
import zipfile
from asyncio.subprocess import PIPE
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import httpx
import pytest
from filelock import FileLock
from pydantic import SecretStr

from bot import __version__
from bot.chat.update_handling import UpdateInbox
from bot.domain.billing import Plan
from bot.domain.errors import NotFound
from bot.domain.note import NoteState
from bot.operations.backup import NotBackedUp, backup
from bot.operations.backup_archive import BOOKS, MANIFEST, Manifest
from bot.operations.restore import LEAD, NotRestored, restore
from bot.people.preferences import Choice
from bot.service.core import open_core
from bot.service.serve import serve as serve_all
from bot.settings import Settings
from bot.storage.instance_secret import secret_of
from bot.support.clock import now
from tests.doubles.nanogpt.server import KEY, NanoGPTServer, serve
from tests.helpers.backups import VOICE, World, elsewhere, small_backup, until
from tests.helpers.paths import DATA, ROOT
from tests.helpers.services import ADA, PRICE, SAID, opened
from tests.helpers.settings import changed, make_settings
from tests.helpers.terminal import Terminal

USERS = ("folder:ada", "folder:bea", "folder:cea")


@pytest.fixture(scope="module")
def sound(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The same, made once for tests that copy it."""
    folder = tmp_path_factory.mktemp("sound")
    asyncio.run(small_backup(make_settings(folder / "data"), folder / "backup.zip"))
    return folder / "backup.zip"


async def test_a_backup_has_what_cannot_be_made_again_and_nothing_else(settings: Settings, tmp_path: Path) -> None:
    folder = settings.storage.data_dir
    async with open_core(settings):
        secret = await asyncio.to_thread(secret_of, folder)
    for name in ("discord-commands", "models.json", "tariff.toml", "mine.lock", "half.part", "own.db", "big.bin"):
        (folder / name).write_bytes(b"1" * (2_000_000 if name == "big.bin" else 1))
    for name in ("models/base/model.bin", "spool/x/fetched.ogg", "links/x/sound", "uploads/forgotten", "own/m.toml"):
        (folder / name).parent.mkdir(parents=True)
        (folder / name).write_text("2")
    (folder / "elsewhere").symlink_to("/etc/hostname")
    models_file = folder / "own" / "m.toml"
    await backup(folder, folder / "first.zip", models_file)
    made = await backup(folder, folder / "second.zip", models_file)
    assert {one.name for one in made.files} == {
        *(BOOKS, "links.secret", "discord-commands", "models.json", "tariff.toml", "own/m.toml")
    }
    there = elsewhere(settings)
    there.storage.data_dir.mkdir()
    (there.storage.data_dir / "lost+found").mkdir()
    shutil.copy(folder / "second.zip", there.storage.data_dir)  # as into the volume of a container
    assert await restore(there.storage.data_dir, there.storage.data_dir / "second.zip") == made
    assert secret_of(there.storage.data_dir) == secret
    assert (made.version, made.revision, made.unfinished) == (__version__, "0011", 0)


@pytest.mark.skipif(os.name != "posix", reason="modes are POSIX's")
async def test_nobody_else_can_read_a_backup_or_what_is_restored(
    settings: Settings, kept: Manifest, file: Path
) -> None:
    there = elsewhere(settings)
    await restore(there.storage.data_dir, file)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in (file, *there.storage.data_dir.iterdir())}
    assert {name: mode for name, mode in modes.items() if name != LEAD} == {
        **dict.fromkeys((file.name, BOOKS, "models.json", "links.secret"), 0o600)
    }
    assert stat.S_IMODE(there.storage.data_dir.stat().st_mode) == 0o700


async def test_a_backup_gives_way_to_the_next_and_nothing_else_does(
    settings: Settings, kept: Manifest, file: Path
) -> None:
    again = await backup(settings.storage.data_dir, file)
    assert again.made_at > kept.made_at
    (settings.storage.data_dir / "letter.txt").write_text("Dear reader,")
    for precious in (
        settings.storage.data_dir / BOOKS,
        settings.storage.data_dir / "letter.txt",
        settings.storage.data_dir,
    ):
        with pytest.raises(NotBackedUp, match="is no backup"):
            await backup(settings.storage.data_dir, precious)
    with pytest.raises(NotBackedUp, match="there is no folder"):
        await backup(settings.storage.data_dir, file.parent / "nowhere" / "b.zip")
    with pytest.raises(NotBackedUp, match="there is no database"):
        await backup(elsewhere(settings).storage.data_dir, file)
    assert sorted(file.parent.iterdir()) == [file, settings.storage.data_dir]


async def test_a_damaged_database_is_told_when_it_is_backed_up(settings: Settings, kept: Manifest, file: Path) -> None:
    with (settings.storage.data_dir / BOOKS).open("r+b") as database:
        database.seek(4096)
        database.write(b"\xff" * 8192)
    with pytest.raises(NotBackedUp, match="database"):
        await backup(settings.storage.data_dir, file.with_name("second.zip"))
    assert sorted(file.parent.iterdir()) == [file, settings.storage.data_dir]


def rewritten(file: Path, change: Callable[[dict[str, bytes]], None]) -> None:
    """The archive with other members."""
    with zipfile.ZipFile(file) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    change(members)
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in members.items():
            packed.writestr(name, content)


def told(**values: object) -> Callable[[Path], None]:
    """The archive says something else of itself."""

    def change(members: dict[str, bytes]) -> None:
        members[MANIFEST] = json.dumps(json.loads(members[MANIFEST]) | values).encode()

    return lambda file: rewritten(file, change)


def smuggled(name: str) -> Callable[[Path], None]:
    """The archive has one file more, and says so."""

    def change(members: dict[str, bytes]) -> None:
        manifest = json.loads(members[MANIFEST])
        manifest["files"].append({"name": name, "bytes": 1, "sha256": hashlib.sha256(b"x").hexdigest()})
        members |= {name: b"x", MANIFEST: json.dumps(manifest).encode()}

    return lambda file: rewritten(file, change)


def with_member(name: str, content: bytes | None) -> Callable[[Path], None]:
    """The archive has a member that its manifest does not tell of; None: lacks one that it does tell of."""

    def change(members: dict[str, bytes]) -> None:
        members.pop(name, None)
        members |= {} if content is None else {name: content}

    return lambda file: rewritten(file, change)


def cut(file: Path) -> None:
    file.write_bytes(file.read_bytes()[:-200])


def flipped(file: Path) -> None:
    data = bytearray(file.read_bytes())
    data[len(data) // 2] ^= 0xFF
    file.write_bytes(data)


def a_letter(file: Path) -> None:
    file.write_text("Dear reader,")


@pytest.mark.parametrize(
    ("spoil", "says"),
    [
        (cut, "damaged"),
        (flipped, "damaged"),
        (a_letter, "damaged"),
        (told(form=2), "newer"),
        (told(version="99.0.0"), "newer"),
        (told(revision="9999"), "newer"),
        (told(files=[]), "damaged"),
        (told(files="all"), "no backup of Earmark's"),
        (with_member(MANIFEST, None), "no backup of Earmark's"),
        (with_member(BOOKS, None), "damaged"),
        (with_member(BOOKS, b"another"), "damaged"),
        (with_member("models.json", b"x" * 50_000_000), "damaged"),
        (with_member("more", b"x"), "damaged"),
        (smuggled("../evil"), "damaged"),
        (smuggled("/tmp/evil"), "damaged"),
        (smuggled("a/../../evil"), "damaged"),
        (smuggled("..\\evil"), "damaged"),
        (smuggled("earmark.db-wal"), "damaged"),
        (smuggled("lead.lock"), "damaged"),
    ],
)
def test_what_is_no_sound_backup_of_this_release_is_refused_and_leaves_nothing(
    sound: Path, tmp_path: Path, spoil: Callable[[Path], None], says: str
) -> None:
    file, there = tmp_path / "backup.zip", tmp_path / "data"
    shutil.copy(sound, file)
    spoil(file)
    with pytest.raises(NotRestored, match=says):
        asyncio.run(restore(there, file))
    assert {path.name for path in there.iterdir()} <= {LEAD} if there.exists() else True
    assert {path.name for path in tmp_path.iterdir()} <= {file.name, there.name}


async def test_a_link_in_an_archive_becomes_a_plain_file(settings: Settings, kept: Manifest, file: Path) -> None:
    with zipfile.ZipFile(file) as packed:
        members = {name: packed.read(name) for name in packed.namelist()}
    target = b"/etc/passwd"
    manifest = json.loads(members[MANIFEST])
    manifest["files"].append({"name": "l", "bytes": len(target), "sha256": hashlib.sha256(target).hexdigest()})
    link = zipfile.ZipInfo("l")
    link.external_attr = (stat.S_IFLNK | 0o777) << 16
    with zipfile.ZipFile(file, "w") as packed:
        for name, content in (members | {MANIFEST: json.dumps(manifest).encode()}).items():
            packed.writestr(name, content)
        packed.writestr(link, target)
    there = elsewhere(settings)
    await restore(there.storage.data_dir, file)
    assert not (there.storage.data_dir / "l").is_symlink()
    assert (there.storage.data_dir / "l").read_bytes() == target


async def test_only_an_empty_folder_that_nobody_uses_is_restored_into(
    settings: Settings, kept: Manifest, file: Path
) -> None:
    with pytest.raises(NotRestored, match="is not empty"):
        await restore(settings.storage.data_dir, file)
    there = elsewhere(settings)
    there.storage.data_dir.mkdir()
    with FileLock(there.storage.data_dir / LEAD), pytest.raises(NotRestored, match="an Earmark works on"):
        await restore(there.storage.data_dir, file)
    with pytest.raises(NotFound, match=r"nothing\.zip"):
        await restore(there.storage.data_dir, file.with_name("nothing.zip"))
    assert await restore(there.storage.data_dir, file) == kept
    async with open_core(changed(there, plan=Plan.PREPAID)) as core:
        assert (await core.ledger.statements.balance(ADA)).balance == 1_000_000
        assert await core.ledger.audit() == []


async def test_a_backup_that_is_cancelled_leaves_nothing_and_the_loop_runs_meanwhile(
    settings: Settings, kept: Manifest, file: Path
) -> None:
    with closing(sqlite3.connect(settings.storage.data_dir / BOOKS)) as core, core:
        core.execute("CREATE TABLE ballast (body BLOB)")
        core.executemany("INSERT INTO ballast VALUES (randomblob(1000000))", [()] * 60)
    target = file.with_name("second.zip")
    backing_up = asyncio.create_task(backup(settings.storage.data_dir, target))
    await until(lambda: any(path.suffix == ".part" for path in file.parent.iterdir()))
    backing_up.cancel()
    with pytest.raises(asyncio.CancelledError):
        await backing_up
    assert sorted(file.parent.iterdir()) == [file, settings.storage.data_dir]


async def test_what_a_killed_backup_left_is_swept_by_a_later_one(
    settings: Settings, kept: Manifest, file: Path
) -> None:
    old, young = (file.with_name(f".{file.name}.{name}.part") for name in ("old", "young"))
    for left in (old, young):
        left.mkdir()
        (left / BOOKS).write_text("half")
    os.utime(old, (0, 0))
    await backup(settings.storage.data_dir, file)
    assert (old.exists(), young.exists()) == (False, True)


FULL = """
import asyncio, sys
from pathlib import Path
from bot.domain.errors import DiskFull
from bot.operations.backup import backup
from bot.operations.restore import restore

async def main(data, full, file):
    full = Path(full)
    for work in (backup(Path(data), full / "b.zip"), restore(full, Path(file))):
        try:
            await work
        except DiskFull as error:
            print(error.code)
        print(sorted(path.name for path in full.iterdir() if path.name != "lead.lock"))

asyncio.run(main(*sys.argv[1:]))
"""


SMALL_DISK = 'mount -t tmpfs -o size=64k tmpfs "$2" && exec "$0" -c "$4" "$1" "$2" "$3"'


def has_small_disks() -> bool:
    """Return True if a disk of any size can be mounted here, for one process alone."""
    command = ["unshare", "--mount", "mount", "-t", "tmpfs", "tmpfs", "/mnt"]
    return (
        shutil.which("unshare") is not None and not subprocess.run(command, check=False, capture_output=True).returncode
    )


@pytest.mark.skipif(not has_small_disks(), reason="no disk can be mounted here")
async def test_a_full_disk_is_one_sentence_and_nothing_half_is_left(
    settings: Settings, kept: Manifest, file: Path, tmp_path: Path
) -> None:
    full = tmp_path / "full"
    full.mkdir()
    words = SMALL_DISK, sys.executable, str(settings.storage.data_dir), str(full), str(file), FULL
    started = await asyncio.create_subprocess_exec("unshare", "--mount", "sh", "-c", *words, stdout=PIPE, cwd=ROOT)
    out, _ = await asyncio.wait_for(started.communicate(), 30)
    assert out.decode().splitlines() == ["DiskFull", "[]"] * 2


async def test_the_database_of_the_release_before_is_backed_up_restored_upgraded_and_goes_on(
    settings: Settings, world: World, file: Path
) -> None:
    settings = changed(settings, plan=Plan.ALLOWANCE)
    settings.storage.data_dir.mkdir(mode=0o700)
    dump = (DATA / "schema_dumps" / "0004.sql").read_text("utf-8")
    with closing(sqlite3.connect(settings.storage.data_dir / BOOKS)) as old:
        old.executescript(dump.replace("{voice}", str(VOICE)))
    made = await backup(settings.storage.data_dir, file)
    assert (made.revision, made.unfinished) == ("0004", 3)
    settings = elsewhere(settings)
    await restore(settings.storage.data_dir, file)
    platform, provider = world
    unfinished = [platform.note(name, VOICE, user=user) for name, user in zip("567", USERS, strict=True)]
    for note in unfinished[:2]:
        await platform.acknowledge(note)  # their placeholders were posted
    async with opened(settings, world) as rig:
        for note in unfinished:
            standing = await rig.end_of(note)
            assert (standing.state, standing.charged) == (NoteState.DONE, PRICE)
        core = rig.service.core
        assert platform.messages() == {name: [SAID] for name in "567"}
        assert len(provider.calls()) == 2, "one had its ticket"
        assert [(await core.ledger.statements.balance(user)).spent for user in USERS] == [2 * PRICE, 2 * PRICE, PRICE]
        spent = await core.ledger.statements.spend()
        lost = {row.account: row.cost - row.charged for row in spent if row.cost > row.charged}
        assert lost == {"folder:ada": PRICE, "folder:bea": PRICE}, "a cancelled call, and one whose answer never came"
        said = await core.notes.transcript(platform.note("1", VOICE).id)
        assert said is not None
        assert said.text == SAID
        assert (await core.preferences.of("folder:ada")).values[Choice.LANGUAGE] == "es"
        assert [key.name for key in await core.keys.list()] == ["laptop"]
        assert [one.id for one in await UpdateInbox(core.db, now, "folder", "bot").waiting()] == [42]
        await rig.money_is_right()
        async with core.db.reading() as connection:
            moved = (await connection.exec_driver_sql("SELECT debit, credit, account, ref FROM transfer")).all()
        assert "folder:" not in str(moved), "the books name nobody any more"


async def test_what_a_stop_interrupts_is_done_by_the_next_start(settings: Settings) -> None:
    async with open_core(settings) as core:
        _, key = await core.keys.create("ada", "api:ada")
    async with serve() as nanogpt:
        nanogpt.looks = 1_000_000
        await stopped_in_the_middle(settings, nanogpt, key)
        for job in nanogpt.jobs.values():
            job.looks_left = 1
        cloud = {"nanogpt_api_key": SecretStr(KEY), "nanogpt_base_url": nanogpt.base_url, "api_bind": ""}
        async with serve_all(changed(settings, **cloud)) as rig, asyncio.timeout(20):
            core = rig.service.core
            while (standing := (await core.notes.recent(5))[0]).state != NoteState.DONE:
                await asyncio.sleep(0.05)
            said = await core.notes.transcript(standing.note_id)
            assert said is not None
            assert said.text.startswith("Good morning.")
            assert await core.ledger.audit() == []
    assert len(nanogpt.charged) == 1


async def stopped_in_the_middle(settings: Settings, nanogpt: NanoGPTServer, key: str) -> None:
    """A process that is asked to stop (SIGTERM) while its provider works on a note."""
    also = {"EARMARK_NANOGPT_API_KEY": KEY, "EARMARK_NANOGPT_BASE_URL": nanogpt.base_url, "EARMARK_STOP_SECONDS": "0"}
    process = Terminal(settings.storage.data_dir, also | {"EARMARK_API_WAIT_SECONDS": "0"}).start("run")
    try:
        line = await asyncio.to_thread(process.stderr.readline)
        address = line.partition("listens at ")[2].partition(" ")[0]
        file = {"audio": ("v.ogg", VOICE.read_bytes(), "audio/ogg")}
        async with httpx.AsyncClient(headers={"x-api-key": key}) as client:
            answer = await client.post(f"{address}/api/transcribe", files=file, data={"model": "Elevenlabs-STT"})
        assert answer.status_code == 202, answer.text
        await until(lambda: bool(nanogpt.jobs))
        process.send_signal(signal.SIGTERM)
        _, err = await asyncio.wait_for(asyncio.to_thread(process.communicate), 20)
        assert process.returncode == 0
        assert "stopping" in err
    finally:
        process.kill()
        await asyncio.to_thread(process.communicate)
