"""Which addresses the server may connect to: public ones, and what an operator has allowed by name.

It must never connect: it says yes or no to a host as it is written, and to the addresses that it stands for.
"""

import re
from collections.abc import Sequence
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from urllib.parse import SplitResult, urlsplit

from msgspec import Struct

from dayline.domain.errors import DaylineError

_Address = IPv4Address | IPv6Address

# Only what the registries hand out for the open network; inside of it, what stands for an IPv4 address (Teredo, 6to4),
# is for documents, or belongs to a relay: each would lead to an address that has not been looked at. Neither is
# 192.0.0.0/24, which is for protocols within a network, nor 168.63.129.16, by which a cloud serves the machines in it.
_IPV6 = IPv6Network("2000::/3")
_ALSO_NOT = ("192.88.99.0/24", "192.0.0.0/24", "168.63.129.16/32")
_LEADS_ELSEWHERE = tuple(map(ip_network, ("2001::/32", "2002::/16", "2001:db8::/32", "3fff::/20", *_ALSO_NOT)))

_NAME = re.compile(r"(?=.{1,253}$)([a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?\.)*[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_NUMBER = re.compile(r"(0x[0-9a-f]*|[0-9]+)")


class NotAllowed(DaylineError):
    """The server does not connect there; the message says why."""


class Allowed(Struct, frozen=True):
    """What an operator allows beyond public addresses over TLS: hosts, hosts at a port, and networks."""

    hosts: frozenset[str] = frozenset()
    ports: frozenset[tuple[str, int]] = frozenset()
    networks: tuple[IPv4Network | IPv6Network, ...] = ()

    @classmethod
    def parse(cls, text: str) -> "Allowed":
        """Read a list such as ``sandbox.test, 127.0.0.1:8801, [::1]:8801, 10.0.0.0/8``. Raises ValueError."""
        hosts, ports, networks = set(), set(), []
        for entry in text.replace(",", " ").lower().split():
            if "/" in entry:
                networks.append(ip_network(entry))
                continue
            host, port = _parted(entry)
            if port is None:
                hosts.add(host)
            else:
                ports.add((host, port))
        return cls(frozenset(hosts), frozenset(ports), tuple(networks))

    def names(self, host: str, port: int) -> bool:
        """Whether the host is allowed as it is written: whatever it stands for, and without TLS."""
        return host in self.hosts or (host, port) in self.ports or self._has(address_of(host))

    def check_url(self, url: str) -> SplitResult:
        """Take a URL apart that may be called, as far as can be told without looking its host up. Raises NotAllowed."""
        try:
            parts = urlsplit(url)
            host, port = parts.hostname or "", parts.port
        except ValueError:
            raise NotAllowed("This is not a URL.") from None
        plain = url.isascii() and url.isprintable() and " " not in url and "#" not in url and "@" not in parts.netloc
        if not plain or parts.scheme not in ("http", "https") or not host:
            raise NotAllowed("A URL to call needs https and a host, and has no user and no fragment.")
        check_host(host)
        if parts.scheme == "http" and not self.names(host, port or 80):
            raise NotAllowed(
                f"{host} is called over https only, unless an operator allows it with DAYLINE_OUTBOUND_ALLOW."
            )
        return parts

    def check(self, host: str, port: int, addresses: Sequence[str]) -> None:
        """Refuse a host unless every address that it stands for may be connected to. Raises NotAllowed."""
        if not addresses:
            raise NotAllowed(f"{host} has no address.")
        if self.names(host, port):
            return
        for each in addresses:
            address = address_of(each)
            if not (self._has(address) or (address is not None and is_public(address))):
                raise NotAllowed(
                    f"{host} leads to an address that is not public: an operator may allow it with"
                    " DAYLINE_OUTBOUND_ALLOW."
                )

    def _has(self, address: _Address | None) -> bool:
        return address is not None and any(address in network for network in self.networks)


def is_public(address: _Address) -> bool:
    """Whether an address is one of the open network, and leads nowhere else."""
    if isinstance(address, IPv6Address) and address not in _IPV6:
        return False
    if any(address in network for network in _LEADS_ELSEWHERE):
        return False
    return address.is_global and not address.is_multicast


def address_of(host: str) -> _Address | None:
    """The address that a host is written as, in the one usual spelling; None for a name."""
    try:
        return None if "%" in host else ip_address(host)
    except ValueError:
        return None


def check_host(host: str) -> None:
    """Refuse what is neither an address in its usual spelling nor a plain name. Raises NotAllowed.

    A resolver reads ``0x7f.1``, ``2130706433`` and ``0177.0.0.1`` as addresses too.
    """
    if address_of(host) is not None:
        return
    if _NAME.fullmatch(host) is None or _NUMBER.fullmatch(host.rpartition(".")[2]) is not None:
        raise NotAllowed(f"{host[:100]!r} is not the usual spelling of a host.")


def _parted(entry: str) -> tuple[str, int | None]:
    """A host and its port, if it has one; an IPv6 address with a port is in brackets."""
    host, colon, port = entry.rpartition(":")
    if not colon or address_of(entry) is not None:
        host, port = entry, ""
    elif not port.isascii() or not port.isdigit() or int(port) > 65_535:
        raise ValueError(f"{entry!r} is not a host, a host and port, or a network.")
    host = host.removeprefix("[").removesuffix("]")
    try:
        check_host(host)
    except NotAllowed as error:
        raise ValueError(error.message) from None
    return host, int(port) if port else None
