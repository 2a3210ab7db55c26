"""A drop in memory, for stories in virtual time."""

import asyncio
from collections.abc import Sequence

from linnet.carriers.drop import Found, wait


class MemoryDrop:
    """A folder that both sides hold; what is put shows after a while."""

    def __init__(self, blobs: dict[str, bytes] | None = None) -> None:
        self.blobs: dict[str, bytes] = {} if blobs is None else blobs
        self.puts: list[tuple[float, str, int]] = []
        self.fails = False

    def twin(self) -> "MemoryDrop":
        """The same folder, as the other side holds it."""
        return MemoryDrop(self.blobs)

    async def open(self) -> None:
        self._check()

    async def put(self, name: str, data: bytes, to: str) -> None:
        self._check()
        await asyncio.sleep(0.2)
        self.puts.append((asyncio.get_running_loop().time(), name, len(data)))
        self.blobs[name] = data

    async def names(self, prefix: str) -> list[str]:
        self._check()
        return [one for one in self.blobs if one.startswith(prefix)]

    async def get(self, name: str) -> Found:
        self._check()
        await asyncio.sleep(0.1)
        if name not in self.blobs:
            raise FileNotFoundError
        return Found(self.blobs[name])

    async def delete(self, names: Sequence[str]) -> None:
        for name in names:
            self.blobs.pop(name, None)

    async def rest(self, seconds: float, stirred: asyncio.Event) -> None:
        await wait(seconds, stirred)

    def close(self) -> None:
        pass

    def _check(self) -> None:
        if self.fails:
            raise ConnectionResetError
