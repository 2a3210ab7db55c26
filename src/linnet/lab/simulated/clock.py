"""An event loop whose clock jumps to the next timer when nothing is ready.

Nothing in it waits, so that a run takes as long as its computing. There are no threads
in virtual time: what is given to an executor is done at once, in the loop, and what
another thread hands over may come when the clock has jumped far ahead.
"""

import asyncio
import math
import selectors
from collections.abc import Callable, Mapping
from contextvars import Context
from typing import Any, Final

from linnet.errors import LocalError

A_DAY: Final = 86_400.0

_TICKS: Final = 2**20
"""Ticks of the clock in a second: a power of two, so that the sum of times is exact and
a timer that fires is never early."""


_AWAITING: Final = {
    "cr_await": "cr_frame",
    "ag_await": "ag_frame",
    "gi_yieldfrom": "gi_frame",
}
"""What a coroutine, an asynchronous generator and a generator wait for, and where."""


class VirtualLoop(asyncio.SelectorEventLoop):
    """A loop in which waiting takes no time, and the kernel's sockets do not exist.

    Running it raises ``LocalError`` when everything waits for ever, and when the run
    goes on for more than `most_seconds` of virtual time.
    """

    def __init__(self, most_seconds: float = A_DAY) -> None:
        self._jumps = _Jumps(most_seconds, self._name_waiting)
        super().__init__(self._jumps)

    def time(self) -> float:
        """Return virtual seconds since the loop was made."""
        return self._jumps.now

    def call_at(  # type: ignore[override]  # the stub's variables are its own
        self,
        when: float,
        callback: Callable[..., object],
        *args: Any,
        context: Context | None = None,
    ) -> asyncio.TimerHandle:
        """Call at a time, or up to a microsecond later."""
        if math.isfinite(when):
            when = math.ceil(when * _TICKS) / _TICKS
        return super().call_at(when, callback, *args, context=context)

    def run_in_executor(  # type: ignore[override]  # the stub's variables are its own
        self, executor: object, func: Callable[..., Any], *args: Any
    ) -> asyncio.Future[Any]:
        """Do it at once: there are no threads in virtual time."""
        del executor
        done: asyncio.Future[Any] = self.create_future()
        try:
            done.set_result(func(*args))
        except Exception as error:  # whatever it is belongs to who awaits
            done.set_exception(error)
        return done

    def _name_waiting(self) -> str:
        return "; ".join(sorted(map(_place, asyncio.all_tasks(self)))) or "nobody"


def _place(task: asyncio.Task[Any]) -> str:
    """Which task waits, and in which functions that await one another."""
    inner: Any = task.get_coro()
    places = []
    while kind := next((one for one in _AWAITING if hasattr(inner, one)), None):
        frame = getattr(inner, _AWAITING[kind])
        if frame is not None:
            places.append(f"{frame.f_code.co_qualname}:{frame.f_lineno}")
        inner = getattr(inner, kind)
    return f"{task.get_name()} in {' > '.join(places)}"


class _Jumps(selectors.BaseSelector):
    """Never waits: moves the clock instead. Nothing it is given is ever ready."""

    def __init__(self, most_seconds: float, name_waiting: Callable[[], str]) -> None:
        self.now = 0.0
        self._most, self._name_waiting = most_seconds, name_waiting
        self._keys: dict[Any, selectors.SelectorKey] = {}

    def select(
        self, timeout: float | None = None
    ) -> list[tuple[selectors.SelectorKey, int]]:
        if timeout is None:
            waiting = self._name_waiting()
            raise LocalError(f"Everything waits for what cannot come: {waiting}.")
        if timeout > 0:
            self.now += timeout
        if self.now > self._most:
            waiting = self._name_waiting()
            self._most += A_DAY  # or nothing could be cleared away
            raise LocalError(f"The run takes too much virtual time: {waiting}.")
        return []

    def register(
        self, fileobj: Any, events: int, data: Any = None
    ) -> selectors.SelectorKey:
        if self._keys:
            # The first is the loop's own, by which threads would wake it.
            raise LocalError("The kernel's sockets do not exist in virtual time.")
        key = selectors.SelectorKey(fileobj, int(fileobj), events, data)
        self._keys[fileobj] = key
        return key

    def unregister(self, fileobj: Any) -> selectors.SelectorKey:
        return self._keys.pop(fileobj)

    def get_map(self) -> Mapping[Any, selectors.SelectorKey]:
        return self._keys
