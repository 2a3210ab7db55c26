"""Several devices of one account in a conversation (spec/conversations.md §5)."""

from random import Random

import pytest

from linnet.client.core.commits import plan
from linnet.client.core.info import DEVICES
from linnet.client.core.outcomes import Broken, Deed, EpochChanged
from linnet.client.core.people import (
    device_identity,
    device_of,
    new_package,
    package_of,
)
from linnet.client.core.wants import (
    Record,
    Want,
    WantDevice,
    WantDeviceGone,
    WantMember,
    WantName,
)
from linnet.ids import DeviceId
from tests.client.core.circle import NOW, Circle, Human


def sibling(circle: Circle, of: str, name: str) -> DeviceId:
    """Another device of somebody, who is not in the conversation yet."""
    owner = circle[of]
    human = Human(owner.name, Random(name))
    device = DeviceId(human.bytes(8))
    human.account = owner.account
    human.identity = device_identity(owner.account, device, human.bytes)
    human.package = new_package(
        human.identity, owner.name, now=NOW, entropy=human.bytes, last_resort=False
    )
    circle.people[name] = human
    return device


def bring(circle: Circle, by: str, name: str, device: DeviceId) -> None:
    """Let a device add another one of its account."""
    want = WantDevice(device, 0, circle[name].package.message)
    circle.welcome(by, name, want)


def last(circle: Circle, name: str) -> EpochChanged:
    outcome = circle[name].outcomes[-1]
    assert isinstance(outcome, EpochChanged), outcome
    return outcome


@pytest.mark.parametrize("kind", [0, 1])
def test_anybody_adds_and_removes_devices_of_their_own(kind: int) -> None:
    circle = Circle("Ann", "Bob", kind=kind)
    circle.read()
    device = sibling(circle, "Bob", "phone")

    bring(circle, "Bob", "phone", device)
    circle.read()
    assert [(one.deed, one.subject) for one in last(circle, "Ann").changes] == [
        (Deed.DEVICE_ADDED, circle["Bob"].key)
    ]
    assert [one.device for one in circle["Bob"].machine.siblings] == [device]
    circle.say("phone", "hello")
    circle.read()

    assert circle.want("Bob", WantDeviceGone(device))
    circle.read()
    assert [(one.deed, one.actor) for one in last(circle, "Ann").changes] == [
        (Deed.DEVICE_REMOVED, circle["Bob"].key)
    ]
    assert last(circle, "phone").removed_me
    assert circle["Bob"].machine.siblings == []


def test_a_member_who_is_no_admin_adds_no_device_of_another() -> None:
    circle = Circle("Ann", "Bob", "Cat")
    circle.read()
    sibling(circle, "Cat", "phone")
    package = circle["phone"].package.message

    circle.break_rule("Bob", package)
    circle.read("Ann", "Cat")

    for name in ("Ann", "Cat"):
        assert isinstance(circle[name].outcomes[-1], Broken)


def test_among_devices_nobody_else_gets_in() -> None:
    circle = Circle("Ann", kind=DEVICES)
    device = sibling(circle, "Ann", "phone")
    bring(circle, "Ann", "phone", device)
    assert not circle["phone"].machine.is_alone
    stranger = Human("Eve", Random(7))
    circle.people["Eve"] = stranger

    circle.break_rule("Ann", stranger.package.message)
    circle.read("phone")

    assert isinstance(circle["phone"].outcomes[-1], Broken)


def test_two_devices_that_add_a_third_at_once_add_it_once() -> None:
    circle = Circle("Ann", "Bob")
    phone, desk = sibling(circle, "Ann", "phone"), sibling(circle, "Ann", "desk")
    bring(circle, "Ann", "phone", phone)
    circle.read()
    want = WantDevice(desk, 0, circle["desk"].package.message)

    assert circle.want("Ann", want)
    assert not circle.want("phone", want)
    circle.read()

    assert last(circle, "phone").lost
    again = plan(circle["phone"].machine, [(1, want)], NOW)
    assert (again.settled, again.wants) == ((1,), ())


def test_a_new_name_is_told_once_for_all_devices() -> None:
    circle = Circle("Ann", "Bob")
    bring(circle, "Ann", "phone", sibling(circle, "Ann", "phone"))
    circle.read()

    told = []
    for name in ("Ann", "phone"):
        assert circle.want(name, WantName("Ann in Oslo"))
        circle.read()
        told += [one.text for one in last(circle, "Bob").changes]

    assert told == ["Ann in Oslo"]


def test_between_two_people_a_device_waits_for_the_other_person() -> None:
    circle = Circle("Ann", kind=0)
    device = sibling(circle, "Ann", "phone")
    want = WantDevice(device, 0, circle["phone"].package.message)
    bob = Human("Bob", Random(3))
    member = WantMember(bob.key, bob.package.message)

    assert plan(circle["Ann"].machine, [(1, want)], NOW).is_empty
    both = plan(circle["Ann"].machine, [(1, member), (2, want)], NOW)
    assert both.invitees == (1, 2)


def test_a_package_says_of_which_device_it_is() -> None:
    circle = Circle("Ann")
    device = sibling(circle, "Ann", "phone")
    package = package_of(circle["Ann"].key, circle["phone"].package.message)
    assert device_of(package) == device


@pytest.mark.parametrize(
    "want",
    [WantDevice(DeviceId(b"12345678"), 7), WantDeviceGone(DeviceId(b"12345678"))],
)
def test_a_wish_about_a_device_is_kept_whole(want: Want) -> None:
    assert Record.of(want).want() == want
