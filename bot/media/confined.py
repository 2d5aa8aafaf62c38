"""A program of its own: it gives up every right that ffmpeg does not need, then becomes ffmpeg.

Run as `python -I -S confined.py RIGHTS... -- PROGRAM ARGUMENTS...`. It imports as little as it can, for it starts anew
for each recording. What it gives up stays given up after exec, so a flaw in one of ffmpeg's decoders meets all of it:

- rlimits, from the first instruction: memory, CPU time, open files, core dumps, the size of files;
- no new privileges (set-uid programs stay without effect), and death with the service, even with a killed one;
- seccomp: no sockets, no other process started, signalled, traced or limited, no namespaces, mounts, keys, io_uring;
- Landlock: files other than the recording, the one to write and the system's libraries cannot be opened.

A kernel that lacks one of these does without it. Not covered: side channels of the CPU, flaws in the system calls that
remain, the recording itself, reading of the libraries' folders. The service's own process reads headers, by itself and
with PyAV, and is not confined. A script in ffmpeg's place (a wrapper) needs an interpreter and children, so it is left
with the rlimits, without privileges and without a network.
"""

from __future__ import annotations

import ctypes
import errno
import os
import resource
import struct
import sys

CANNOT_START = 126
"""The exit code if the program could not be started."""

_LIBC = ctypes.CDLL(None, use_errno=True)
_SET_DEATH_SIGNAL, _SET_SECCOMP, _SET_NO_NEW_PRIVILEGES = 1, 22, 38  # prctl
_SIGKILL = 9

# Landlock, as linux/landlock.h has it. Each version knows more rights: of files, then of the network, then scopes.
_CREATE_RULESET, _ADD_RULE, _RESTRICT_SELF = 444, 445, 446
_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR, _TRUNCATE = 1 << 0, 1 << 1, 1 << 2, 1 << 3, 1 << 14
_FILE_RIGHTS = {1: 13, 2: 14, 3: 15, 4: 15, 5: 16}
"""Number of rights of files, by version; later ones have no more."""
_LIBRARIES = (
    "/lib",
    "/lib32",
    "/lib64",
    "/usr/lib",
    "/usr/lib32",
    "/usr/lib64",
    "/usr/local/lib",
    "/nix/store",
    "/gnu/store",
)
_SYSTEM_FILES = (
    "/etc/ld.so.cache",
    "/etc/ld-musl-x86_64.path",
    "/etc/ld-musl-aarch64.path",
    "/dev/null",
    "/dev/urandom",
)

# Seccomp, as linux/seccomp.h and linux/bpf_common.h have it.
_LOAD, _EQUAL, _AT_LEAST, _ANY_BIT, _RETURN = 0x20, 0x15, 0x35, 0x45, 0x06
_ALLOW, _KILL, _ERROR = 0x7FFF0000, 0x80000000, 0x00050000
_NUMBER, _ARCHITECTURE, _ARGUMENT = 0, 4, 16  # of a call, in what the filter sees; the first argument
_X32 = 0x40000000
_CLONE_THREAD = 0x10000
_AUDIT = {"x86_64": 0xC000003E, "aarch64": 0xC00000B7}

_NONE = 0xFFFF  # the number of a call that a machine does not have

# Numbers of system calls, by machine: x86_64, aarch64.
_REFUSED: dict[str, tuple[int, int]] = {
    "socket": (41, 198), "socketpair": (53, 199), "io_uring_setup": (425, 425), "io_uring_enter": (426, 426),
    "execveat": (322, 281), "memfd_create": (319, 279), "ptrace": (101, 117), "process_vm_readv": (310, 270),
    "process_vm_writev": (311, 271), "process_madvise": (440, 440), "kcmp": (312, 272), "tkill": (200, 130),
    "rt_sigqueueinfo": (129, 138), "rt_tgsigqueueinfo": (297, 240), "pidfd_open": (434, 434),
    "pidfd_send_signal": (424, 424), "pidfd_getfd": (438, 438), "unshare": (272, 97), "setns": (308, 268),
    "mount": (165, 40), "umount2": (166, 39), "pivot_root": (155, 41), "chroot": (161, 51), "open_tree": (428, 428),
    "move_mount": (429, 429), "fsopen": (430, 430), "mount_setattr": (442, 442), "bpf": (321, 280),
    "perf_event_open": (298, 241), "userfaultfd": (323, 282), "add_key": (248, 217), "request_key": (249, 218),
    "keyctl": (250, 219), "open_by_handle_at": (304, 265), "init_module": (175, 105), "finit_module": (313, 273),
    "kexec_load": (246, 104), "kexec_file_load": (320, 294), "fanotify_init": (300, 262), "shmget": (29, 194),
    "shmat": (30, 196), "semget": (64, 190), "msgget": (68, 186), "mq_open": (240, 180), "personality": (135, 92),
    "modify_ldt": (154, _NONE), "ioperm": (173, _NONE), "iopl": (172, _NONE),
}  # fmt: skip
_NEW_PROCESS: dict[str, tuple[int, int]] = {"fork": (57, _NONE), "vfork": (58, _NONE)}
_CLONE, _CLONE3, _EXECVE = (56, 220), (435, 435), (59, 221)
_KILL_CALL, _TGKILL, _PRLIMIT = (62, 129), (234, 131), (302, 261)


def main() -> None:
    """Become the program. Exits with CANNOT_START if there is none.

    A right is `parent:PID`, `limit:RLIMIT_...:SOFT:HARD`, `read:PATH` or `write:PATH`.
    """
    end = sys.argv.index("--")
    program, words = sys.argv[end + 1], sys.argv[end + 1 :]
    rights = [right.partition(":")[::2] for right in sys.argv[1:end]]
    _limit([bounds for kind, bounds in rights if kind == "limit"])
    is_script = not _is_binary(program)
    path = ctypes.create_string_buffer(os.fsencode(program))
    _set(_SET_DEATH_SIGNAL, _SIGKILL)
    if ("parent", str(os.getppid())) not in rights:
        sys.exit(CANNOT_START)  # the service has ended already
    _set(_SET_NO_NEW_PRIVILEGES, 1)
    if not is_script:
        reads, writes = ([file for kind, file in rights if kind == wanted] for wanted in ("read", "write"))
        _open_only(program, reads, writes)
    _filter_calls(None if is_script else ctypes.addressof(path))
    _LIBC.execve(path, _texts(words), _texts([]))
    sys.stderr.write(os.strerror(ctypes.get_errno()))
    sys.exit(CANNOT_START)


def _limit(limits: list[str]) -> None:
    for limit in limits:
        name, *bounds = limit.split(":")
        kind = getattr(resource, name)
        most = resource.getrlimit(kind)[1]
        soft, hard = (bound if most == resource.RLIM_INFINITY else min(bound, most) for bound in map(int, bounds))
        resource.setrlimit(kind, (soft, hard))


def _is_binary(program: str) -> bool:
    try:
        with open(program, "rb") as file:  # noqa: PTH123 - loading pathlib takes longer than all the rest
            return file.read(4) == b"\x7fELF"
    except OSError:
        return True  # exec says what is wrong with it


def _texts(texts: list[str]) -> ctypes.Array[ctypes.c_char_p]:
    return (ctypes.c_char_p * (len(texts) + 1))(*map(os.fsencode, texts), None)


def _open_only(program: str, reads: list[str], writes: list[str]) -> None:
    """Restrict by Landlock the files that can be opened, if this kernel has it."""
    version = _call(_CREATE_RULESET, None, 0, 1)
    if version < 1:
        return
    handled = (1 << _FILE_RIGHTS.get(version, 16)) - 1
    network = 3 if version >= 4 else 0  # to bind and to connect
    scopes = 3 if version >= 6 else 0  # abstract sockets and signals of other processes
    parts = 1 if version < 4 else 2 if version < 6 else 3
    attributes = struct.pack("<QQQ", handled, network, scopes)[: 8 * parts]
    rules = _call(_CREATE_RULESET, attributes, len(attributes), 0)
    if rules < 0:
        return
    for path in writes:
        os.close(os.open(path, os.O_WRONLY | os.O_CREAT, 0o600))  # so that no right to make files is needed
        _permit(rules, path, handled & (_WRITE_FILE | _READ_FILE | _TRUNCATE))
    for path in reads:
        _permit(rules, path, _READ_FILE)
    beside = f"{os.path.realpath(program).rpartition('/')[0]}/../lib"
    for folder in (*_LIBRARIES, beside):
        _permit(rules, folder, _READ_FILE | _READ_DIR | _EXECUTE)
    for path in _SYSTEM_FILES:
        _permit(rules, path, _READ_FILE)
    _permit(rules, program, _READ_FILE | _EXECUTE)
    _call(_RESTRICT_SELF, rules, 0)
    os.close(rules)


def _permit(rules: int, path: str, rights: int) -> None:
    try:
        file = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except OSError:
        return  # what is not there needs no permission
    _call(_ADD_RULE, rules, 1, struct.pack("<Qi", rights, file), 0)
    os.close(file)


def _call(number: int, *values: int | bytes | None) -> int:
    """Make a system call, each number as wide as the kernel reads it. Negative: it failed."""
    return int(
        _LIBC.syscall(*(ctypes.c_long(value) if isinstance(value, int) else value for value in (number, *values)))
    )


def _set(option: int, *values: int | bytes) -> None:
    """Change an attribute of this process (prctl), if this kernel has it."""
    padded = (*values, 0, 0, 0, 0)[:4]
    _LIBC.prctl(option, *(ctypes.c_ulong(value) if isinstance(value, int) else value for value in padded))


def _filter_calls(program: int | None) -> None:
    """Refuse system calls by seccomp, if this machine's are known here. `program`: where the only name is that may be
    executed; None: children are permitted.
    """
    machine = os.uname().machine
    if machine not in _AUDIT:
        return
    column = list(_AUDIT).index(machine)
    steps = [*_of_machine(_AUDIT[machine]), *_refused(column), *_of_itself(column)]
    if program is not None:
        steps += _no_children(column, program)
    steps.append(_step(_RETURN, _ALLOW))
    code = ctypes.create_string_buffer(b"".join(steps))
    _set(_SET_SECCOMP, 2, struct.pack("@HP", len(steps), ctypes.addressof(code)))


def _of_machine(audit: int) -> list[bytes]:
    """Kill what calls as another machine would; then load the call's number."""
    return [
        _step(_LOAD, _ARCHITECTURE),
        _step(_EQUAL, audit, 1, 0),
        _step(_RETURN, _KILL),
        _step(_LOAD, _NUMBER),
        *_refuse(_AT_LEAST, _X32),
    ]


def _refused(column: int) -> list[bytes]:
    return [step for numbers in _REFUSED.values() for step in _refuse(_EQUAL, numbers[column])]


def _of_itself(column: int) -> list[bytes]:
    """Permit signals and limits for this process alone."""
    own = os.getpid()
    return [*_only_if(_KILL_CALL[column], own), *_only_if(_TGKILL[column], own), *_only_if(_PRLIMIT[column], 0)]


def _no_children(column: int, program: int) -> list[bytes]:
    return [
        *(step for numbers in _NEW_PROCESS.values() for step in _refuse(_EQUAL, numbers[column])),
        *_refuse(_EQUAL, _CLONE3[column], errno.ENOSYS),  # its flags cannot be seen; libraries then use clone
        _step(_EQUAL, _CLONE[column], 0, 4),
        _step(_LOAD, _ARGUMENT),
        *_permit_if(_ANY_BIT, _CLONE_THREAD),
        _step(_EQUAL, _EXECVE[column], 0, 6),
        _step(_LOAD, _ARGUMENT),
        _step(_EQUAL, program & 0xFFFFFFFF, 0, 3),
        _step(_LOAD, _ARGUMENT + 4),
        *_permit_if(_EQUAL, program >> 32),
    ]


def _only_if(number: int, value: int) -> list[bytes]:
    """Permit a call only with this value of its first argument."""
    return [_step(_EQUAL, number, 0, 4), _step(_LOAD, _ARGUMENT), *_permit_if(_EQUAL, value)]


def _permit_if(test: int, value: int) -> list[bytes]:
    return [_step(test, value, 0, 1), _step(_RETURN, _ALLOW), _step(_RETURN, _ERROR | errno.EPERM)]


def _refuse(test: int, number: int, error: int = errno.EPERM) -> list[bytes]:
    return [_step(test, number, 0, 1), _step(_RETURN, _ERROR | error)]


def _step(code: int, value: int, if_true: int = 0, if_false: int = 0) -> bytes:
    return struct.pack("<HBBI", code, if_true, if_false, value)


if __name__ == "__main__":
    main()
