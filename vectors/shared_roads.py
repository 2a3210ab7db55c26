"""Writes vectors/shared_roads.json: roads that contacts share (carriers.md §9.5).

Run as ``python -m vectors.shared_roads``; the same bytes come out every time.
"""

import json
from hashlib import sha256
from pathlib import Path

from linnet.client.core import cbor
from linnet.client.core.content import Content
from linnet.client.core.meaning import manifest_part, road_part
from linnet.client.core.parts import SinglePart
from linnet.client.core.shared_roads import ROAD, RoadShared, SharedRoad, admitted
from linnet.ids import AccountKey
from linnet.wire.links import Address, RelayDescriptor, Road, RoadLink

Json = str | int | bool | None | list["Json"] | dict[str, "Json"]
TARGET = Path(__file__).with_suffix(".json")


def fixed(label: str, length: int = 32) -> bytes:
    """Bytes that are the same in every run."""
    return sha256(b"shared road vectors " + label.encode()).digest()[:length]


RELAY, OTHER = fixed("relay"), fixed("other relay")
GIVER = AccountKey(fixed("giver"))
HOME = Address(Road.WSS, "relay.example", 443, "/relay")
PLACES: dict[str, Address] = {
    "a road": Address(Road.WSS, "pottery.example", 443, "/path-of-bob"),
    "an address": Address(Road.WS, "8.8.8.8", 80, "/p"),
    "plain TCP": Address(Road.TCP, "pottery.example", 7000),
    "DNS": Address(Road.DNS, "t.example.org", 53),
    "DNS by a resolver of theirs": Address(Road.DNS, "t.example.org", 53, "8.8.8.8"),
    "DNS by a page of theirs": Address(
        Road.DNS, "t.example.org", 53, "https://192.168.1.1/"
    ),
    "mail": Address(Road.MAIL, "mail.example.org", 993),
    "a folder": Address(Road.FOLDER, "example.org", 1, "/home"),
    "a plug-in": Address(Road.PLUGIN, "example.org", 1, "/bin/sh"),
    "the relay's own address": HOME,
    "this machine": Address(Road.WS, "127.0.0.1", 80, "/p"),
    "this machine by name": Address(Road.WS, "LocalHost.", 80, "/p"),
    "a number for this machine": Address(Road.WS, "2130706433", 80, "/p"),
    "hexadecimal for this machine": Address(Road.WS, "127.0x1", 80, "/p"),
    "the router": Address(Road.WS, "192.168.1.1", 80, "/reboot"),
    "inside, IPv6": Address(Road.WS, "fe80::1%eth0", 80, "/p"),
    "an IPv6 address": Address(Road.WS, "2001:4860:4860::8888", 80, "/p"),
    "inside, by NAT64": Address(Road.WS, "64:ff9b::c0a8:101", 80, "/p"),
    "inside, by 6to4": Address(Road.WS, "2002:c0a8:101::1", 80, "/p"),
    "everybody at once": Address(Road.WS, "224.0.0.1", 80, "/p"),
    "inside, mapped": Address(Road.WS, "::ffff:10.0.0.1", 80, "/p"),
    "a name of the network": Address(Road.WSS, "printer", 443, "/p"),
    "a local name": Address(Road.WSS, "nas.local", 443, "/p"),
}


def build() -> dict[str, Json]:
    """The whole file."""
    link = RoadLink((RelayDescriptor(RELAY, tuple(PLACES.values())[:2]),))
    contents = {
        f"{hops} more": Content(fixed("salt", 16), road_part(RoadShared(hops, link)))
        for hops in range(3)
    }
    packed = link.pack()
    parts: dict[str, cbor.Value] = {
        "hops of a boolean": [True, packed],
        "three hops": [3, packed],
        "negative hops": [-1, packed],
        "no road": [0, b""],
        "a road cut short": [0, packed[:-1]],
        "an unknown kind of address": [0, RELAY + b"\x01\xff\x01a\x00\x01\x00\x00"],
        "nine relays": [0, packed * 9],
        "three fields": [0, packed, 0],
        "no array": packed,
    }
    return {
        "about": "spec/carriers.md §9.5. Bytes are hexadecimal.",
        "relay": RELAY.hex(),
        "relay's address": HOME.pack().hex(),
        "contents": [
            {"name": name, "content": one.encode().hex(), "road": packed.hex()}
            for name, one in contents.items()
        ],
        "manifest": Content(fixed("salt", 16), manifest_part(b"series")).encode().hex(),
        "malformed": [
            {"name": name, "content": _content(value).hex()}
            for name, value in parts.items()
        ],
        "admitted": [
            {
                "name": name,
                "address": one.pack().hex(),
                "is_kept": bool(_kept(RELAY, one)),
            }
            for name, one in PLACES.items()
        ],
        "unknown relay is kept": bool(_kept(OTHER, PLACES["a road"])),
    }


def _content(value: cbor.Value) -> bytes:
    part = SinglePart(0, ROAD, cbor.encode(value))
    return Content(fixed("salt", 16), part).encode()


def _kept(relay: bytes, address: Address) -> list[SharedRoad]:
    shared = RoadShared(0, RoadLink((RelayDescriptor(relay, (address,)),)))
    return admitted(shared, GIVER, relays={RELAY: [HOME]}, known=[])


if __name__ == "__main__":
    TARGET.write_text(json.dumps(build(), indent=1, ensure_ascii=False) + "\n")
