"""Groups of people who share a proxy, and what becomes of them when it falls."""

from random import Random

from hypothesis import given
from hypothesis import strategies as st

from linnet.lab.rendezvous.people import Town
from linnet.rendezvous.groups import LARGEST, Groups
from linnet.rendezvous.people import PersonId, in_order
from linnet.rendezvous.pool import HELD_BACK, Pool, ProxyId


def town(
    people: int, proxies: int, informing: float = 0.0
) -> tuple[Town, Pool, Groups]:
    tree, pool = Town(informing, Random(3)), Pool()
    groups = Groups(tree.people, pool)
    pool.give(proxies)
    groups.welcome(tree.grow(people))
    groups.supply()
    return tree, pool, groups


@given(st.lists(st.integers(0, 30), max_size=12), st.randoms(use_true_random=False))
def test_no_group_is_larger_than_ten_and_everybody_is_in_one(
    joining: list[int], chances: Random
) -> None:
    tree, _, groups = town(20, 30)
    for count in joining:
        groups.welcome(tree.grow(count))
        groups.supply()
        used = sorted(one.proxy for one in groups.groups if one.proxy is not None)
        if used:
            groups.lose({chances.choice(used)})

    members = [person.id for group in groups.groups for person in group.members]
    assert max(len(group.members) for group in groups.groups) <= LARGEST
    free = [person.id for person in tree.people if not person.is_banned]
    assert sorted(members) == free


def test_people_who_invited_each_other_share_a_proxy() -> None:
    tree, _, groups = town(40, 30)
    shared = [
        groups.proxies_of(person) == groups.proxies_of(tree.people[person.inviter])
        for person in tree.people
        if person.inviter is not None
    ]

    assert sum(shared) > len(shared) / 2


def test_one_informer_is_found_by_halving_and_nobody_else_is_banned() -> None:
    tree, _, groups = town(10, 40)
    informer = tree.people[6]
    for _ in range(7):
        groups.lose(groups.proxies_of(informer))
        groups.supply()

    assert [person.id for person in tree.people if person.is_banned] == [informer.id]
    assert groups.proxies_of(informer) == set()
    others = [person for person in tree.people if person is not informer]
    assert all(groups.proxies_of(person) for person in others)


def test_a_tenth_is_held_back_for_those_who_lost_one() -> None:
    tree, pool, groups = town(500, 20)
    waiting = [group for group in groups.groups if group.proxy is None]
    assert waiting
    assert pool.unused == 20 // HELD_BACK
    lost = next(group.proxy for group in groups.groups if group.proxy is not None)
    groups.lose({lost})
    groups.supply()

    assert pool.unused == 0
    assert len({person.id for person in tree.people}) == 500


def test_a_person_knows_one_proxy_at_a_time() -> None:
    tree, _, groups = town(60, 60)

    assert {len(groups.proxies_of(person)) for person in tree.people} == {1}


def test_a_tree_is_in_an_order_in_which_nobody_is_before_their_inviter() -> None:
    tree = Town(0.0, Random(1))
    tree.grow(200)
    order = in_order(tree.people)
    place = {person: at for at, person in enumerate(order)}

    assert sorted(order) == [PersonId(number) for number in range(200)]
    assert all(
        place[person.inviter] < place[person.id]
        for person in tree.people
        if person.inviter is not None
    )


def test_a_pool_gives_each_proxy_once() -> None:
    pool = Pool()
    pool.give(5)
    taken = [pool.take(in_need=True) for _ in range(6)]

    assert taken == [*map(ProxyId, range(5)), None]
