"""One connection of HTTP/2 on which requests go side by side, as a browser's do.

Where a server takes up HTTP/2, a carrier made of requests speaks it through libcurl:
the connection opens with the settings and the heads of the guise.
"""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import suppress
from typing import TYPE_CHECKING, Final

from linnet.carriers import curl as library
from linnet.carriers import egress
from linnet.carriers.fronted import asked_host, asked_path
from linnet.carriers.outside import Manner, target_of
from linnet.carriers.polls import LARGEST_ANSWER
from linnet.carriers.target import Target
from linnet.wire.links import Address

if TYPE_CHECKING:
    from curl_cffi import AsyncCurl, Curl, CurlInfo

OK: Final = 200
_NOT_IN_2: Final = ("Host:", "Connection:", "Content-Length:")
_BY_HTTP_2: Final = 3
_NO_FRAMES: Final = 16


class Streams:
    """Requests to one address; the connection opens with the first.

    Args:
        address: of a relay.
        manner: how the connection is to look.
        is_paced: whether the next connection is made only by a request that was asked
            when ``is_again`` was so.

    Attributes:
        is_again: whether the next request needs a connection that is not the first.
        has_worked: whether anything was ever answered here.
        is_new: whether that was by HTTP/2.
        speaks_none: whether what failed had taken up HTTP/2 and spoke none of it: it
            said so within TLS, where nobody on the way says anything.
    """

    def __init__(
        self, address: Address, manner: Manner, *, is_paced: bool = False
    ) -> None:
        self.is_again = self.has_worked = self.is_new = self.speaks_none = False
        self._address = address
        self._manner = manner
        self._is_paced = is_paced
        self._target: Target | None = None
        self._multi: AsyncCurl | None = None
        self._under_way: set[Curl] = set()
        self._is_over = False
        self._ending: asyncio.Task[None] | None = None

    async def post(self, body: bytes) -> tuple[int, bytes]:
        """Make a request of the guise: the status and the body of the answer.

        Raises:
            OSError: the connection failed, or the answer is too large.
        """
        return await self._ask(asked_path(self._address), self._heads(), body)

    async def get(self, query: str, *heads: str) -> tuple[int, bytes]:
        """Ask for what is at the path, with a query: status and body of the answer.

        Raises:
            OSError: the connection failed, or the answer is too large.
        """
        return await self._ask(asked_path(self._address) + query, heads)

    def close(self) -> None:
        """Close the connection once nobody waits on it any more."""
        self._is_over = True
        if self._multi is not None and self._ending is None:
            loop = asyncio.get_running_loop()
            self._ending = loop.create_task(self._end(self._multi))

    async def _ask(
        self, path: str, heads: Sequence[str], body: bytes | None = None
    ) -> tuple[int, bytes]:
        from curl_cffi import CurlError, CurlInfo  # noqa: PLC0415 - slow to import

        answer = bytearray()
        curl = await self._prepare(path, answer)
        _dress(curl, (*heads, f"Host: {asked_host(self._address)}"), body)
        multi = self._multi
        if multi is None:
            curl.close()
            raise ConnectionAbortedError
        if self._is_paced and self.has_worked and not self.is_again:
            # libcurl by itself asks again elsewhere where a connection ends.
            try:
                library.open_nothing(curl)
            except OSError:
                curl.close()
                raise
        self._under_way.add(curl)
        self.is_again = False
        try:
            await multi.add_handle(curl)
            # Where a server ends each connection, libcurl opens the next unasked.
            if self.has_worked and _number(curl, CurlInfo.NUM_CONNECTS):
                self.is_again = True
            self.has_worked = True
            self.is_new = _number(curl, CurlInfo.HTTP_VERSION) == _BY_HTTP_2
            return _number(curl, CurlInfo.RESPONSE_CODE), bytes(answer)
        except CurlError as error:
            self.is_again = True
            self.speaks_none = error.code == _NO_FRAMES
            raise library.explain(curl, error) from None
        except asyncio.CancelledError:
            self.is_again = True
            self._drop(curl, multi)
            raise
        finally:
            self._under_way.discard(curl)
            curl.close()

    async def _prepare(self, path: str, answer: bytearray) -> "Curl":
        from curl_cffi import AsyncCurl, CurlMOpt, CurlOpt  # noqa: PLC0415

        if not path.startswith("/"):
            # Behind the host's name it would make another host of it.
            raise OSError(-1, "This is no path.")
        if not egress.egress().is_straight:
            raise OSError(-1, "Nothing may go straight.")
        target = self._target
        if target is None or self.is_again:
            target = self._target = await target_of(self._address, self._manner)
        if self._is_over:
            raise ConnectionAbortedError
        if self._multi is None:
            self._multi = AsyncCurl()
            # It would look ten times a second whether it was forgotten.
            self._multi._timeout_checker.cancel()
            self._multi.setopt(CurlMOpt.MAX_HOST_CONNECTIONS, 1)  # type: ignore[no-untyped-call]
        curl = library.prepared(target)
        url = f"https://{target.authority}{path}"
        curl.setopt(CurlOpt.URL, url.encode())
        curl.setopt(CurlOpt.PIPEWAIT, 1)
        curl.setopt(CurlOpt.WRITEFUNCTION, _into(answer))
        return curl

    def _heads(self) -> list[str]:
        host = asked_host(self._address)
        values = {"host": host, "origin": f"https://{host}", "size": ""}
        lines = [
            line.format(**values)
            for line in self._manner.guise.posts
            if not line.startswith(_NOT_IN_2)
        ]
        # A page says no type of what it sends here, and expects nothing first.
        return [*lines, "Content-Type:", "Expect:"]

    def _drop(self, curl: "Curl", multi: "AsyncCurl") -> None:
        if curl in self._under_way:
            self._under_way.discard(curl)
            multi.remove_handle(curl)

    async def _end(self, multi: "AsyncCurl") -> None:
        for curl in list(self._under_way):
            self._drop(curl, multi)
        with suppress(asyncio.CancelledError):
            await multi.close()  # type: ignore[no-untyped-call]


def _dress(curl: "Curl", heads: Sequence[str], body: bytes | None) -> None:
    from curl_cffi import CurlOpt  # noqa: PLC0415

    curl.setopt(CurlOpt.HTTPHEADER, [line.encode("latin-1") for line in heads])
    if body is not None:
        curl.setopt(CurlOpt.POST, 1)
        curl.setopt(CurlOpt.POSTFIELDS, body)
        curl.setopt(CurlOpt.POSTFIELDSIZE, len(body))


def _number(curl: "Curl", what: "CurlInfo") -> int:
    value = curl.getinfo(what)
    return value if isinstance(value, int) else 0


def _into(answer: bytearray) -> Callable[[bytes], int]:
    def take(data: bytes) -> int:
        if len(answer) + len(data) > LARGEST_ANSWER:
            return 0  # libcurl gives up where not all was taken
        answer.extend(data)
        return len(data)

    return take
