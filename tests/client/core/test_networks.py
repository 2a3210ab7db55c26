"""Which network a machine is on (spec/carriers.md §4)."""

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from linnet.carriers.memory import NOWHERE
from linnet.client.core.networks import Sight, read_sight

ROUTES = """\
Iface	Destination	Gateway 	Flags	RefCnt	Use	Metric	Mask		MTU	Window	IRTT
wlan0	00000000	0101A8C0	0003	0	0	600	00000000	0	0	0
eth0	00000000	FE01000A	0003	0	0	100	00000000	0	0	0
eth0	0000000A	00000000	0001	0	0	100	00FFFFFF	0	0	0
"""
NEIGHBOURS = """\
IP address       HW type     Flags       HW address            Mask     Device
192.168.1.1      0x1         0x2         aa:aa:aa:aa:aa:aa     *        wlan0
10.0.1.254       0x1         0x2         0A:1b:2c:3d:4e:5f     *        eth0
"""
KEY, OTHER_KEY = bytes(32), b"k" * 32


def test_the_nearest_gateway_and_its_hardware_are_seen() -> None:
    sight = read_sight(ROUTES, NEIGHBOURS, "10.0.1.17")

    assert sight == Sight("eth0 10.0.1.254", "0a:1b:2c:3d:4e:5f", "10.0.1.0/24")


def test_a_machine_without_such_files_sees_its_own_prefix() -> None:
    assert read_sight("", "", "10.0.1.17") == Sight(prefix="10.0.1.0/24")
    assert read_sight("", "", "2001:db8::5:6").prefix == "2001:db8::/64"


def test_a_network_has_one_id_under_a_key_and_another_under_another() -> None:
    home = read_sight(ROUTES, NEIGHBOURS, "10.0.1.17")
    same = read_sight(ROUTES, NEIGHBOURS, "10.0.1.99")
    cafe = replace(home, hardware="bb:bb:bb:bb:bb:bb")

    assert home.id(KEY) == same.id(KEY)
    assert len({home.id(KEY), cafe.id(KEY), home.id(OTHER_KEY), NOWHERE}) == 4
    assert len(home.id(KEY)) == 16


def test_who_sees_nothing_has_one_network() -> None:
    assert read_sight("", "", "").id(KEY) == read_sight("x", "y", "").id(OTHER_KEY)
    assert read_sight("", "", "").id(KEY) == NOWHERE


def test_what_a_sight_holds_is_not_shown() -> None:
    shown = repr(read_sight(ROUTES, NEIGHBOURS, "10.0.1.17"))

    assert "10." not in shown
    assert "4e" not in shown


def test_a_gateway_that_has_no_name_yet_makes_no_other_network() -> None:
    seen = read_sight(ROUTES, NEIGHBOURS, "10.0.1.17")
    unnamed = read_sight(
        ROUTES,
        NEIGHBOURS.replace("0A:1b:2c:3d:4e:5f", "00:00:00:00:00:00"),
        "10.0.1.17",
    )

    assert unnamed.hardware == ""
    assert not seen.is_elsewhere(unnamed)
    assert not unnamed.is_elsewhere(seen)


def test_another_gateway_another_prefix_and_another_machine_are_elsewhere() -> None:
    seen = read_sight(ROUTES, NEIGHBOURS, "10.0.1.17")

    assert replace(seen, hardware="bb:bb:bb:bb:bb:bb").is_elsewhere(seen)
    assert replace(seen, prefix="10.0.2.0/24").is_elsewhere(seen)
    assert replace(seen, gateway="wlan0 192.168.1.1").is_elsewhere(seen)
    assert Sight().is_elsewhere(seen)


lines = st.lists(
    st.sampled_from(["eth0", "00000000", "0101A8C0", "0003", "-1", "zz", "9" * 30])
    | st.text(max_size=8),
    max_size=12,
).map("\t".join)
pages = st.lists(lines, max_size=5).map("\n".join)


@pytest.mark.fuzz
@given(pages, pages, st.text(max_size=30))
def test_whatever_the_system_tells_is_a_sight(
    routes: str, neighbours: str, own: str
) -> None:
    sight = read_sight(routes, neighbours, own)

    assert len(sight.id(KEY)) == 16
    assert not sight.is_elsewhere(sight)
