"""How much of the road each person has used today; pure, and nowhere but in memory."""

from typing import Final

from linnet.carriers.personal_paths import PersonId

DAY_SECONDS: Final = 86_400


class Allowance:
    """Bytes of a day, by person.

    Only people with a valid path are counted, so that strangers fill no memory.

    Args:
        most_bytes: what each may use in a day (UTC), both directions together.
    """

    def __init__(self, most_bytes: int) -> None:
        self._most = most_bytes
        self._day = 0
        self._used: dict[PersonId, int] = {}

    def spend(self, person: PersonId, count: int, unix_time: float) -> bool:
        """Count bytes; whether the person may go on."""
        self._turn(unix_time)
        used = self._used[person] = self._used.get(person, 0) + count
        return used < self._most

    def is_spent(self, person: PersonId, unix_time: float) -> bool:
        """Whether a person has to wait for the next day."""
        self._turn(unix_time)
        return self._used.get(person, 0) >= self._most

    def _turn(self, unix_time: float) -> None:
        day = int(unix_time) // DAY_SECONDS
        if day != self._day:
            self._day = day
            self._used.clear()
