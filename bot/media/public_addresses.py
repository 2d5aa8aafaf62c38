"""Public internet addresses: the only ones that a link may lead to, unless the operator permits a network."""

from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_network

Address = IPv4Address | IPv6Address
Network = IPv4Network | IPv6Network

# As the registries of special-purpose addresses at IANA have them. Not ipaddress.is_global: it says something else in
# each Python, and calls multicast and every address of a translator global.
_SPECIAL_IPV4 = (
    "0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12", "192.0.0.0/24",
    "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24", "192.168.0.0/16", "192.175.48.0/24",
    "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24", "224.0.0.0/4", "240.0.0.0/4",
)  # fmt: skip
# Services that a cloud keeps for its own machines, at numbers that look public: Azure's host, and IBM Cloud's
# infrastructure and service endpoints. Those of other clouds are link-local, private or shared, so refused already.
_CLOUD_SERVICES = ("168.63.129.16/32", "161.26.0.0/16", "166.8.0.0/14")
_GLOBAL_UNICAST = IPv6Network("2000::/3")
# Teredo and other protocols' assignments; documentation (twice); 6to4.
_SPECIAL_IPV6 = ("2001::/23", "2001:db8::/32", "2002::/16", "3fff::/20")
_DENIED = tuple(map(ip_network, (*_SPECIAL_IPV4, *_CLOUD_SERVICES, *_SPECIAL_IPV6)))
# An IPv4 address in an IPv6 one, as dual-stack sockets and the NAT64 of a network without IPv4 have it: it decides.
# Other ways to write one (::ffff:0:a.b.c.d, 64:ff9b:1::/48, ::a.b.c.d) are outside of global unicast.
_WITH_IPV4 = (IPv6Network("::ffff:0:0/96"), IPv6Network("64:ff9b::/96"))
_ISATAP = 0x5EFE
"""Bits 32 to 47 of an address that a tunnel takes to the IPv4 address in its last 32 bits (RFC 5214)."""


def is_permitted(address: Address, allowed: Sequence[Network] = ()) -> bool:
    """Return True for a public address, and for one of a network that the operator permits."""
    return _is_in(address, allowed) or _is_public(address, allowed)


def _is_public(address: Address, allowed: Sequence[Network]) -> bool:
    if _is_in(address, _WITH_IPV4):
        return is_permitted(IPv4Address(int(address) & 0xFFFF_FFFF), allowed)
    if _is_in(address, _DENIED):
        return False
    return isinstance(address, IPv4Address) or (address in _GLOBAL_UNICAST and not _is_tunnelled(address))


def _is_in(address: Address, networks: Sequence[Network]) -> bool:
    return any(address in network for network in networks)


def _is_tunnelled(address: IPv6Address) -> bool:
    return int(address) >> 32 & 0xFFFF == _ISATAP
