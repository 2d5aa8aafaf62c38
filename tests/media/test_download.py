"""Links of strangers, fetched from real servers on loopback: what is brought, and the addresses that are refused."""

import asyncio
import logging
import shutil
import socket
import ssl
import subprocess
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.domain.errors import EarmarkError, TooLarge
from bot.media.download import Fetcher, FetchLimits, LinkDown, LinkRefused

OUTSIDE, INSIDE = "127.0.0.1", "127.0.0.2"
"""In tests the first is followed, as a public address is, and the second is not."""
Answers = Callable[[str, asyncio.StreamWriter], Awaitable[None]]
Row = tuple[int, int, int, str, tuple[object, ...]]


@dataclass
class Site:
    """A web server that answers whatever a test says, and remembers who came."""

    port: int = 0
    connections: int = 0
    asked: list[str] = field(default_factory=list)
    headers: bytes = b""

    def url(self, path: str = "/sound.ogg", host: str = OUTSIDE) -> str:
        return f"http://{host}:{self.port}{path}"


@asynccontextmanager
async def site(
    answer: Answers, host: str = OUTSIDE, port: int = 0, tls: ssl.SSLContext | None = None
) -> AsyncIterator[Site]:
    here = Site()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        here.connections += 1
        try:
            here.headers = await reader.readuntil(b"\r\n\r\n")
            path = here.headers.split()[1].decode()
            here.asked.append(path)
            await answer(path, writer)
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()

    server = await asyncio.start_server(serve, host, port, ssl=tls)
    here.port = server.sockets[0].getsockname()[1]
    try:
        yield here
    finally:
        server.close()


def says(body: bytes, *headers: str, status: str = "200 OK", length: int | None = None) -> Answers:
    """Answers with these bytes; `length`: what it claims, -1 for nothing."""

    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        claimed = len(body) if length is None else length
        lines = [f"HTTP/1.1 {status}", *headers, *([f"Content-Length: {claimed}"] if claimed >= 0 else [])]
        writer.write("\r\n".join([*lines, "Connection: close", "", ""]).encode() + body)
        await writer.drain()

    return answer


def leads_to(*places: str) -> Answers:
    """Redirects: the first path to the first place, and so on; any other path is the end."""

    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        number = int(path.strip("/") or 0)
        there = number < len(places)
        answer = says(b"", f"Location: {places[number]}", status="302 Found") if there else says(b"the end")
        await answer(path, writer)

    return answer


class Names:
    """A resolver that says what a test wants, each time the next of it, and remembers what it was asked."""

    def __init__(self, **addresses: Sequence[Sequence[str]]) -> None:
        self._addresses = {name: list(answers) for name, answers in addresses.items()}
        self.asked: list[str] = []

    def __call__(self, host: str, port: int, *_rest: object) -> list[Row]:
        self.asked.append(host)
        answers = self._addresses[host.split(".")[0]]
        return [
            (socket.AF_INET6 if ":" in one else socket.AF_INET, socket.SOCK_STREAM, 6, "", (one, port))
            for one in (answers.pop(0) if len(answers) > 1 else answers[0])
        ]


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(allow=[f"{OUTSIDE}/32"]) as opened:
        yield opened


@pytest.fixture
async def stranger_s() -> AsyncIterator[Fetcher]:
    """As it runs: with nothing allowed but what is public."""
    async with Fetcher() as opened:
        yield opened


def left_in(folder: Path) -> list[str]:
    return [path.name for path in folder.iterdir()]


async def test_a_file_is_brought_whole_and_twice_if_need_be(fetcher: Fetcher, tmp_path: Path) -> None:
    body = bytes(range(256)) * 5000
    (tmp_path / "fetched.0123.part").write_text("what a crash left behind")
    async with site(says(body)) as web:
        for _ in range(2):
            assert await fetcher.fetch(web.url(), tmp_path, 2_000_000) == tmp_path / "fetched"
            assert (tmp_path / "fetched").read_bytes() == body
    assert left_in(tmp_path) == ["fetched"]
    assert (tmp_path / "fetched").stat().st_mode & 0o777 == 0o600


async def test_its_name_is_ours_whatever_the_link_says(fetcher: Fetcher, tmp_path: Path) -> None:
    async with site(says(b"x", 'Content-Disposition: attachment; filename="../../evil.sh"')) as web:
        path = await fetcher.fetch(web.url("/..%2f..%2fevil.sh"), tmp_path / "new", 100)
    assert path == tmp_path / "new" / "fetched"


async def test_what_says_that_it_is_too_large_is_not_begun(fetcher: Fetcher, tmp_path: Path) -> None:
    async with site(says(b"x", length=5_000_001)) as web:
        with pytest.raises(TooLarge, match=r"limit_mb=5\.0"):
            await fetcher.fetch(web.url(), tmp_path, 5_000_000)
    assert left_in(tmp_path) == []


async def test_what_is_larger_than_it_says_is_stopped_in_time(fetcher: Fetcher, tmp_path: Path) -> None:
    written = 0

    async def endless(path: str, writer: asyncio.StreamWriter) -> None:
        nonlocal written
        writer.write(b"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n")
        while True:
            written = max([written, *(entry.stat().st_size for entry in tmp_path.iterdir())])
            writer.write(bytes(65536))
            await writer.drain()

    async with site(endless) as web:
        with pytest.raises(TooLarge):
            await fetcher.fetch(web.url(), tmp_path, 1_000_000)
    assert written <= 1_000_000
    assert left_in(tmp_path) == []


def certified(folder: Path) -> ssl.SSLContext:
    """A server's certificate that it made itself."""
    openssl = shutil.which("openssl")
    if openssl is None:
        pytest.skip("there is nothing here that makes certificates")
    made = ["-newkey", "rsa:2048", "-nodes", "-keyout", "key.pem", "-out", "cert.pem", "-days", "2", "-subj", "/CN=me"]
    subprocess.run([openssl, "req", "-x509", *made], check=True, cwd=folder, capture_output=True)
    vouched = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    vouched.load_cert_chain(folder / "cert.pem", folder / "key.pem")
    return vouched


def another(folder: Path) -> Path:
    """The folder of another note."""
    made = folder / "another"
    made.mkdir()
    return made


async def test_just_the_limit_is_not_too_large(fetcher: Fetcher, tmp_path: Path) -> None:
    async with site(says(bytes(1000), length=-1)) as web:
        assert (await fetcher.fetch(web.url(), tmp_path, 1000)).stat().st_size == 1000
        with pytest.raises(TooLarge):
            await fetcher.fetch(web.url(), another(tmp_path), 999)


async def test_what_was_fetched_is_not_fetched_again(fetcher: Fetcher, tmp_path: Path) -> None:
    """The link may have ended since, or lead to something else."""
    async with site(says(b"the first")) as web:
        first = await fetcher.fetch(web.url(), tmp_path, 1000)
    assert await fetcher.fetch("http://gone.example/", tmp_path, 1000) == first
    assert first.read_bytes() == b"the first"


async def test_what_breaks_off_is_not_taken_for_whole(fetcher: Fetcher, tmp_path: Path) -> None:
    async with site(says(bytes(10), length=20)) as web:
        with pytest.raises(LinkDown, match="broken"):
            await fetcher.fetch(web.url(), tmp_path, 1000)
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    ("answer", "why"),
    [
        (says(b"no", status="404 Not Found"), "status=404"),
        (says(b"x", "Content-Encoding: gzip"), "compressed"),
        (says(b"", status="302 Found"), "status=302"),
        (says(b"", status="nonsense"), "broken"),
    ],
)
async def test_other_answers_are_told(fetcher: Fetcher, tmp_path: Path, answer: Answers, why: str) -> None:
    async with site(answer) as web:
        with pytest.raises(LinkDown, match=why):
            await fetcher.fetch(web.url(), tmp_path, 1000)


async def test_the_next_address_of_a_name_is_tried_if_nobody_is_at_the_first(tmp_path: Path) -> None:
    names = Names(two=[["127.0.0.9", OUTSIDE]])
    async with Fetcher(allow=["127.0.0.9/32", f"{OUTSIDE}/32"], resolve=names) as fetcher, site(says(b"here")) as web:
        assert (await fetcher.fetch(web.url(host="two.example"), tmp_path, 1000)).read_bytes() == b"here"


async def test_a_certificate_is_checked_against_the_name_and_not_the_address(tmp_path: Path) -> None:
    """The server sees the name too (SNI): it may have many."""
    told: list[str | None] = []
    vouched = certified(tmp_path)
    vouched.sni_callback = lambda _socket, name, _context: told.append(name)
    names = Names(good=[[OUTSIDE]])
    async with Fetcher(allow=[f"{OUTSIDE}/32"], resolve=names) as fetcher, site(says(b"x"), tls=vouched) as web:
        with pytest.raises(LinkDown, match="silent"):  # nobody vouches for it
            await fetcher.fetch(web.url(host="good.example").replace("http:", "https:"), tmp_path / "spool", 1000)
    assert told == ["good.example"]


async def test_nobody_there_is_told(fetcher: Fetcher, tmp_path: Path) -> None:
    async with site(says(b"")) as web:
        url = web.url()
    with pytest.raises(LinkDown, match="silent"):
        await fetcher.fetch(url, tmp_path, 1000)


async def test_a_name_that_is_none_is_told(tmp_path: Path) -> None:
    def resolve(*_asked: object) -> list[Row]:
        raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")

    async with Fetcher(resolve=resolve) as fetcher:
        with pytest.raises(LinkDown, match="silent"):
            await fetcher.fetch("http://nobody.example/", tmp_path, 1000)


# --- time ---


async def drips(path: str, writer: asyncio.StreamWriter) -> None:
    writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
    while True:
        writer.write(b"x")
        await writer.drain()
        await asyncio.sleep(0.02)


async def says_nothing(path: str, writer: asyncio.StreamWriter) -> None:
    await asyncio.sleep(5)


@pytest.mark.parametrize(
    ("answer", "limits"),
    [
        (drips, FetchLimits(seconds=0.3)),
        (says_nothing, FetchLimits(idle_seconds=0.2)),
        (says_nothing, FetchLimits(0.2)),
    ],
)
async def test_time_has_a_limit(answer: Answers, limits: FetchLimits, tmp_path: Path) -> None:
    began = time.monotonic()
    async with Fetcher(limits, [f"{OUTSIDE}/32"]) as fetcher, site(answer) as web:
        with pytest.raises(LinkDown, match="slow"):
            await fetcher.fetch(web.url(), tmp_path, 1000)
    assert time.monotonic() - began < 2
    assert left_in(tmp_path) == []


async def test_a_resolver_that_hangs_is_not_waited_for(tmp_path: Path) -> None:
    def resolve(*_asked: object) -> list[Row]:
        time.sleep(1.5)
        return []

    began = time.monotonic()
    async with Fetcher(FetchLimits(seconds=0.2), resolve=resolve) as fetcher:
        with pytest.raises(LinkDown, match="slow"):
            await fetcher.fetch("http://slow.example/", tmp_path, 1000)
        assert time.monotonic() - began < 1


async def test_a_cancel_passes_and_leaves_nothing(fetcher: Fetcher, tmp_path: Path) -> None:
    async with site(drips) as web:
        work = asyncio.create_task(fetcher.fetch(web.url(), tmp_path, 1000))
        while not web.asked:
            await asyncio.sleep(0.01)
        await asyncio.sleep(0.1)
        work.cancel()
        with pytest.raises(asyncio.CancelledError):
            await work
    assert left_in(tmp_path) == []


# --- where it leads ---

SPELLINGS = [
    "127.0.0.1", "localhost", "LOCALHOST", "127.1", "2130706433", "0x7f000001", "0x7f.1", "0177.0.0.1",
    "017700000001", "127.0.0.1.", "①②⑦.⓪.⓪.①", "ⓛⓞⓒⓐⓛⓗⓞⓢⓣ", "0", "0.0.0.0", "[::]", "[::1]", "[0:0:0:0:0:0:0:1]",
    "[::ffff:127.0.0.1]", "[::ffff:7f00:1]", "[::127.0.0.1]", "[64:ff9b::7f00:1]", "[64:ff9b:1::7f00:1]",
    "[2002:7f00:1::]", "[2001:0:7f00:1::]", "[::ffff:169.254.169.254]", "169.254.169.254", "[fd00:ec2::254]",
    "10.0.0.1", "172.16.0.1", "192.168.1.1", "100.64.0.1", "100.100.100.200", "192.0.0.192", "198.18.0.1",
    "203.0.113.1", "224.0.0.1", "239.255.255.250", "255.255.255.255", "240.0.0.1", "[fc00::1]", "[fd12:3456::1]",
    "[::ffff:0:127.0.0.1]", "[::ffff:0:7f00:1]", "168.63.129.16", "[::ffff:168.63.129.16]",
    "[64:ff9b::168.63.129.16]", "161.26.0.7", "166.9.1.1", "[2606:4700::5efe:7f00:1]", "[fe80::1]",
    "[fe80::1%25eth0]", "[fec0::1]", "[ff02::1]", "[2001:db8::1]",
]  # fmt: skip


@pytest.mark.parametrize("host", SPELLINGS)
async def test_no_spelling_leads_inside(stranger_s: Fetcher, tmp_path: Path, host: str) -> None:
    """No connection is made, not even to probe the port."""
    async with site(says(b"secret")) as web:
        with pytest.raises(LinkRefused):
            await stranger_s.fetch(web.url(host=host), tmp_path, 1000)
        await asyncio.sleep(0)
        assert web.connections == 0
    assert left_in(tmp_path) == []


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "ftp://example.com/a", "gopher://example.com/", "data:audio/ogg;base64,AAAA", "", "//a/b",
        "example.com/a.ogg", "http://", "http:///a", "http://user:secret@example.com/", "http://example.com@127.0.0.1/",
        "http://127.0.0.1\\@example.com/", "http://exa\nmple.com/", "http://example.com:22/", "http://example.com:25/",
        "http://example.com:0/", "http://example.com:99999/", "http://" + "a." * 200 + "com/", "http://[::1",
        "http://a b/", "http://%31%32%37.0.0.1/", "http://example.com/" + "a" * 9000, "http://[v1.a]/", "http://\ud800.com/",
    ],
)  # fmt: skip
async def test_what_is_no_plain_web_address_is_refused(tmp_path: Path, url: str) -> None:
    names = Names()
    async with Fetcher(resolve=names) as fetcher:
        with pytest.raises(LinkRefused):
            await fetcher.fetch(url, tmp_path, 1000)
    assert names.asked == []


@pytest.mark.parametrize(
    "addresses",
    [["10.0.0.5"], ["93.184.216.34", "10.0.0.5"], [INSIDE], ["::1"], ["::ffff:10.0.0.5"], [OUTSIDE, INSIDE]],
)
async def test_a_name_that_leads_inside_is_refused(tmp_path: Path, addresses: list[str]) -> None:
    async with Fetcher(allow=[f"{OUTSIDE}/32"], resolve=Names(inner=[addresses])) as fetcher, site(says(b"")) as web:
        with pytest.raises(LinkRefused):
            await fetcher.fetch(web.url(host="inner.example"), tmp_path, 1000)
        assert web.connections == 0


async def test_a_name_that_changes_its_mind_is_asked_once(tmp_path: Path) -> None:
    """Looked at, it leads outside; had it been asked again to connect, it would have led inside."""
    names = Names(rebinding=[[OUTSIDE], [INSIDE]])
    async with site(says(b"outside")) as web, site(says(b"secret"), INSIDE, web.port) as inside:
        async with Fetcher(allow=[f"{OUTSIDE}/32"], resolve=names) as fetcher:
            path = await fetcher.fetch(web.url(host="rebinding.example"), tmp_path, 1000)
            assert path.read_bytes() == b"outside"
            assert len(names.asked) == 1
            assert b"Host: rebinding.example:" in web.headers
            with pytest.raises(LinkRefused):
                await fetcher.fetch(web.url(host="rebinding.example"), another(tmp_path), 1000)
        assert inside.connections == 0


async def test_redirects_are_followed_step_by_step(fetcher: Fetcher, tmp_path: Path) -> None:
    async with site(leads_to("/1", "2", "x/../3", "/4", "/5")) as web:
        path = await fetcher.fetch(web.url("/0"), tmp_path, 1000)
    assert path.read_bytes() == b"the end"


async def test_redirects_have_an_end(fetcher: Fetcher, tmp_path: Path) -> None:
    async with site(leads_to(*(f"/{number}" for number in range(1, 7)))) as web:
        with pytest.raises(LinkDown, match="redirects"):
            await fetcher.fetch(web.url("/0"), tmp_path, 1000)
    assert len(web.asked) == 6


@pytest.mark.parametrize(
    "place",
    [
        f"http://{INSIDE}:{{port}}/", "http://169.254.169.254/latest/meta-data/", "file:///etc/passwd", "//10.0.0.1/",
        "http://[::ffff:127.0.0.2]:{port}/", "http://user:pass@127.0.0.1:{port}/1", "http://2130706434:{port}/",
    ],
)  # fmt: skip
async def test_a_redirect_does_not_lead_inside(fetcher: Fetcher, tmp_path: Path, place: str) -> None:
    where = [""]

    async def answer(path: str, writer: asyncio.StreamWriter) -> None:
        await leads_to(*where)(path, writer)

    async with site(answer) as web, site(says(b"secret"), INSIDE, web.port) as inside:
        where[0] = place.format(port=web.port)
        with pytest.raises(LinkRefused):
            await fetcher.fetch(web.url("/0"), tmp_path, 1000)
        assert (len(web.asked), inside.connections) == (1, 0)


async def test_a_certificate_that_nobody_vouches_for_is_not_believed(fetcher: Fetcher, tmp_path: Path) -> None:
    async with site(says(b"secret"), tls=certified(tmp_path)) as web:
        with pytest.raises(LinkDown, match="silent"):
            await fetcher.fetch(web.url().replace("http:", "https:"), tmp_path / "spool", 1000)
    assert web.asked == []


async def test_no_proxy_is_used(fetcher: Fetcher, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async with site(says(b"direct")) as web, site(says(b"proxy")) as proxy:
        for name in ("http_proxy", "all_proxy", "HTTPS_PROXY"):
            monkeypatch.setenv(name, proxy.url(""))
        async with Fetcher(allow=[f"{OUTSIDE}/32"]) as fresh:
            assert (await fresh.fetch(web.url(), tmp_path, 1000)).read_bytes() == b"direct"
        assert proxy.connections == 0


async def test_nothing_of_one_fetch_goes_along_with_the_next(fetcher: Fetcher, tmp_path: Path) -> None:
    async with site(says(b"x", "Set-Cookie: who=somebody; Path=/")) as web:
        for folder in (tmp_path, another(tmp_path)):
            await fetcher.fetch(web.url(), folder, 1000)
    assert b"cookie" not in web.headers.lower()
    assert b"Accept-Encoding: identity" in web.headers
    assert web.connections == 2


async def test_a_link_s_secrets_are_in_no_error_and_no_log(
    fetcher: Fetcher, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    told: list[EarmarkError] = []
    async with site(says(b"", status="404 Not Found")) as web:
        broken = [web.url("/a?token=geheim"), f"http://{INSIDE}/?token=geheim", "http://127.0.0.1:9/?token=geheim"]
        for url in [*broken, "http://u:geheim@example.com/", "geheim://example.com"]:
            with pytest.raises((LinkDown, LinkRefused)) as error:
                await fetcher.fetch(url, tmp_path, 1000)
            told.append(error.value)
    async with site(says(b"fine")) as web:
        await fetcher.fetch(web.url("/a?token=geheim"), tmp_path, 1000)
    assert "geheim" not in caplog.text
    assert all("geheim" not in f"{error!s}{error.to_json()}" and error.__suppress_context__ for error in told[1:])
    assert all(EarmarkError.from_json(error.to_json()).args == error.args for error in told)
