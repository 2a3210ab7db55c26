"""What a box keeps in mind, how long and how much of it."""

from linnet.lab.memory import MOST_KEPT, Memory


def test_a_key_is_kept_for_its_seconds_after_it_was_last_noted() -> None:
    memory = Memory[str](60.0)
    memory.note("one", 0.0)
    memory.note("two", 0.0)
    memory.note("one", 30.0)

    assert memory.holds("one", 89.9)
    assert memory.holds("two", 59.9)
    assert not memory.holds("two", 60.0)
    assert not memory.holds("three", 0.0)


def test_the_oldest_keys_make_room_for_new_ones() -> None:
    memory = Memory[int](60.0)
    for key in range(MOST_KEPT + 2):
        memory.note(key, 0.0)

    assert [memory.holds(key, 0.0) for key in (0, 1, 2, MOST_KEPT + 1)] == [
        False,
        False,
        True,
        True,
    ]
