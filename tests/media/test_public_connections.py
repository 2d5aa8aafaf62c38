"""Addresses that a link may lead to, through the real resolver, and through one that a stranger rules."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.media.download import Fetcher, LinkDown, LinkRefused
from tests.helpers.websites import (
    INSIDE,
    OUTSIDE,
    Names,
    another,
    certified,
    leads_to,
    left_in,
    says,
    site,
)


@pytest.fixture
async def fetcher() -> AsyncIterator[Fetcher]:
    async with Fetcher(allow=[f"{OUTSIDE}/32"]) as opened:
        yield opened


@pytest.fixture
async def stranger_s() -> AsyncIterator[Fetcher]:
    """As it runs: with nothing allowed but what is public."""
    async with Fetcher() as opened:
        yield opened


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
