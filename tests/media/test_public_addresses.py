"""Addresses that a link may lead to: public ones, however they are written, and those that the operator permits."""

from ipaddress import ip_address, ip_network

import pytest

from bot.media.public_addresses import is_permitted


@pytest.mark.parametrize(
    "address",
    [
        "93.184.216.34",
        "1.1.1.1",
        "168.63.129.17",
        "2606:4700::1111",
        "2a00:1450::8",
        "::ffff:1.1.1.1",
        "64:ff9b::1.1.1.1",
    ],
)
def test_the_public_internet_is_open(address: str) -> None:
    assert is_permitted(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "::ffff:0:127.0.0.1", "::ffff:0:1.1.1.1", "::127.0.0.1", "64:ff9b:1::7f00:1", "2002:7f00:1::1",
        "2001:0:4136:e378:8000:63bf:80ff:fffe", "2606:4700::200:5efe:7f00:1", "5f00::1", "100::1", "4000::1", "fec0::1",
    ],
)  # fmt: skip
def test_no_other_way_to_write_an_ipv4_address_is_taken(address: str) -> None:
    """IPv4-translated, IPv4-compatible, local NAT64, 6to4, Teredo, ISATAP; and what is not assigned at all."""
    assert not is_permitted(ip_address(address))


@pytest.mark.parametrize(
    "address",
    [
        "168.63.129.16", "::ffff:168.63.129.16", "64:ff9b::a83f:8110", "100.100.100.200", "192.0.0.192", "161.26.0.10",
        "166.11.0.1", "169.254.169.254", "169.254.170.2", "169.254.42.42", "fd00:ec2::254", "fd20:ce::254",
    ],
)  # fmt: skip
def test_the_services_of_a_cloud_for_its_own_machines_are_closed(address: str) -> None:
    assert not is_permitted(ip_address(address))


def test_a_network_that_the_operator_permits_is_open_and_no_other() -> None:
    allowed = [ip_network("10.1.2.0/24"), ip_network("fd12::/16")]
    assert all(is_permitted(ip_address(one), allowed) for one in ("10.1.2.3", "fd12::1", "::ffff:10.1.2.3"))
    assert not any(is_permitted(ip_address(one), allowed) for one in ("10.1.3.1", "fd13::1", "::ffff:0:10.1.2.3"))
