"""Counts what a relay does, and shows it in Prometheus' text format.

The format is a dozen lines to write, so it needs no library. No figure is about one
stream, session or address.
"""

import asyncio
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, fields

BUCKETS_MS = (1, 2, 4, 8, 16, 32, 64, 128, 256, 512, 1024)
_ANSWER = (
    "HTTP/1.1 {status}\r\nContent-Type: text/plain; version=0.0.4\r\n"
    "Content-Length: {length}\r\nConnection: close\r\n\r\n"
)
_LONGEST_REQUEST = 8_192
_PATIENCE_SECONDS = 5.0


@dataclass(slots=True)
class Counters:
    """What has happened since the relay was started; the name says it."""

    sessions_opened: int = 0
    sessions_turned_away: int = 0
    messages_received: int = 0
    messages_sent: int = 0
    changes_stored: int = 0
    batches_stored: int = 0
    batches_failed: int = 0
    slow_readers: int = 0
    pushes_taken: int = 0
    pushes_not_taken: int = 0
    commit_ms: list[int] = field(default_factory=lambda: [0] * (len(BUCKETS_MS) + 1))
    commit_ms_sum: float = 0.0

    def committed(self, milliseconds: float) -> None:
        """Count how long a batch took."""
        self.commit_ms_sum += milliseconds
        for at, limit in enumerate(BUCKETS_MS):
            if milliseconds <= limit:
                self.commit_ms[at] += 1
                return
        self.commit_ms[-1] += 1


Gauges = Callable[[], Iterable[tuple[str, float]]]


def exposition(counters: Counters, gauges: Iterable[tuple[str, float]]) -> str:
    """Write all figures in Prometheus' text format."""
    lines = []
    for one in fields(counters):
        value = getattr(counters, one.name)
        if isinstance(value, int):
            lines += _figure(f"linnet_relay_{one.name}_total", "counter", value)
    for name, value in gauges:
        lines += _figure(f"linnet_relay_{name}", "gauge", value)
    name, total = "linnet_relay_commit_milliseconds", 0
    lines.append(f"# TYPE {name} histogram")
    limits = (*(str(limit) for limit in BUCKETS_MS), "+Inf")
    for limit, count in zip(limits, counters.commit_ms, strict=True):
        total += count
        lines.append(f'{name}_bucket{{le="{limit}"}} {total}')
    lines += [f"{name}_sum {counters.commit_ms_sum:.3f}", f"{name}_count {total}"]
    return "\n".join(lines) + "\n"


def _figure(name: str, kind: str, value: float) -> list[str]:
    return [f"# TYPE {name} {kind}", f"{name} {value:g}"]


async def serve(
    host: str, port: int, counters: Counters, gauges: Gauges
) -> asyncio.Server:
    """Show the figures at an address, to anyone who can reach it."""

    async def answer(
        reader: asyncio.StreamReader, writer: asyncio.StreamWriter
    ) -> None:
        try:
            async with asyncio.timeout(_PATIENCE_SECONDS):
                head = await reader.readuntil(b"\r\n\r\n")
                is_known = head.startswith(b"GET /metrics ")
                body = exposition(counters, gauges()) if is_known else "not here\n"
                status = "200 OK" if is_known else "404 Not Found"
                text = _ANSWER.format(status=status, length=len(body)) + body
                writer.write(text.encode())
                await writer.drain()
        except (TimeoutError, OSError, EOFError, asyncio.LimitOverrunError):
            pass
        finally:
            writer.close()

    return await asyncio.start_server(answer, host, port, limit=_LONGEST_REQUEST)
