"""The room on the disk: all that arrives together leaves the spare room free, and no owner takes it all."""

import asyncio
from pathlib import Path

import pytest

from bot.domain.errors import DiskFull, DiskShareFull, TooLarge
from bot.support.files import Room, arriving

PART = bytes(1_000)


class Disk:
    """A disk of so many bytes, filled by the files in a folder."""

    def __init__(self, folder: Path, size: int) -> None:
        self.folder = folder
        self.size = size
        self.least = size

    def free(self, _folder: Path) -> int:
        used = sum(map(size_of, self.folder.rglob("*")))
        self.least = min(self.least, self.size - used)
        return self.size - used


def size_of(path: Path) -> int:
    try:
        return path.stat().st_size if path.is_file() else 0
    except FileNotFoundError:  # it was refused meanwhile
        return 0


def room_of(disk: Disk, spare: int) -> Room:
    return Room(disk.folder, spare, disk.free)


async def bring(room: Room, target: Path, parts: int) -> Path:
    async with arriving(target, 1_000_000, room) as file:
        for _ in range(parts):
            await file.add(PART)
    return target


def reserve(room: Room, path: Path, size: int) -> None:
    with room.reserved(path, size):
        pass


def folder_of(room: Room, name: str, owner: str) -> Path:
    folder = room.folder / name
    folder.mkdir()
    room.assign(folder, owner)
    return folder


async def test_sixty_four_arrivals_do_not_pass_the_check_together(tmp_path: Path) -> None:
    disk = Disk(tmp_path, 85_000)  # room for the first part of each, and for one part more
    room = room_of(disk, spare=20_000)
    works = [bring(room, tmp_path / str(number), parts=2) for number in range(64)]
    ended = await asyncio.gather(*works, return_exceptions=True)
    refused = [one for one in ended if isinstance(one, DiskFull)]
    there = [one for one in ended if isinstance(one, Path)]
    assert len(refused) + len(there) == 64
    assert refused
    assert there
    assert disk.least >= 20_000
    assert disk.free(tmp_path) == 85_000 - 2_000 * len(there), "what was refused left nothing"


async def test_a_part_that_is_reserved_and_not_yet_written_counts(tmp_path: Path) -> None:
    room = room_of(Disk(tmp_path, 3_000), spare=1_000)
    with room.reserved(tmp_path / "a", 1_500), pytest.raises(DiskFull):
        reserve(room, tmp_path / "b", 1_000)
    reserve(room, tmp_path / "b", 1_000)


async def test_who_fills_the_disk_is_refused_and_others_are_not(tmp_path: Path) -> None:
    room = room_of(Disk(tmp_path, 100_000), spare=20_000)
    greedy = [folder_of(room, f"greedy{number}", "telegram:1") for number in range(4)]
    ended = await asyncio.gather(*(bring(room, one / "fetched", 30) for one in greedy), return_exceptions=True)
    assert any(isinstance(one, DiskShareFull) for one in ended)
    held = sum(path.stat().st_size for one in greedy for path in one.iterdir())
    assert held <= 40_000, "half of what there is beside the spare room"
    there = await bring(room, folder_of(room, "modest", "telegram:2") / "fetched", 10)
    assert there.stat().st_size == 10_000


async def test_a_share_is_free_again_when_the_files_are_gone(tmp_path: Path) -> None:
    room = room_of(Disk(tmp_path, 100_000), spare=20_000)
    first, second = folder_of(room, "first", "telegram:1"), folder_of(room, "second", "telegram:1")
    done = await bring(room, first / "fetched", 39)
    with pytest.raises(DiskShareFull):
        await bring(room, second / "fetched", 2)
    done.unlink()
    assert (await bring(room, second / "fetched", 2)).stat().st_size == 2_000


async def test_an_upload_counts_at_its_place_too(tmp_path: Path) -> None:
    room = room_of(Disk(tmp_path, 10_000), spare=0)
    upload = tmp_path / "upload.part"
    upload.write_bytes(bytes(4_500))
    room.assign(upload, "api:ada")
    upload.replace(tmp_path / "note")
    room.assign(tmp_path / "note", "api:ada")
    with pytest.raises(DiskShareFull):
        reserve(room, tmp_path / "note", 1_000)
    reserve(room, tmp_path / "of no owner", 1_000)


async def test_more_than_the_limit_is_refused_before_it_is_written(tmp_path: Path) -> None:
    with pytest.raises(TooLarge):
        await bring(Room(tmp_path, 0), tmp_path / "large", parts=1_001)
    assert list(tmp_path.iterdir()) == []
