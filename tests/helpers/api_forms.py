"""Multipart forms, written by hand."""

BOUNDARY = b"a-boundary"
END = b"--" + BOUNDARY + b"--\r\n"


def part(name: str, data: bytes, more: str = "") -> bytes:
    told = f'Content-Disposition: form-data; name="{name}"{more}'.encode()
    return b"--" + BOUNDARY + b"\r\n" + told + b"\r\n\r\n" + data + b"\r\n"


def file(data: bytes, name: str = "memo.ogg") -> bytes:
    return part("audio", data, f'; filename="{name}"\r\nContent-Type: audio/ogg')
