"""Plain TCP: each message with its length before it (spec/session.md §8.1).

For tests and for relays on this machine: nothing about it looks ordinary to a censor.
"""

from collections.abc import Sequence

from linnet.carriers.carrier import Carrier, CarrierUser


class TcpCarrier(Carrier):
    """A TCP connection on which messages follow their 16-bit lengths."""

    __slots__ = ("_needed", "_rest")

    def __init__(self, user: CarrierUser) -> None:
        super().__init__(user)
        self._rest = b""
        self._needed = 2

    def write(self, messages: Sequence[bytes]) -> None:
        """Send messages, each after its length."""
        transport = self.transport
        if transport is None:
            return
        if len(messages) == 1:
            (message,) = messages
            transport.write(len(message).to_bytes(2, "big") + message)
        else:
            parts = [len(m).to_bytes(2, "big") + m for m in messages]
            transport.write(b"".join(parts))

    def data_received(self, data: bytes) -> None:
        """Hand over each message that is whole."""
        size = len(data)
        if not self._rest and size > 2 and data[0] << 8 | data[1] == size - 2:
            self.user.arrived(data[2:])
            return
        self.note_sign()
        if self._rest:
            self._rest += data
            if len(self._rest) < self._needed:
                return
            data = self._rest
        place, size = 0, len(data)
        while size - place >= 2:
            end = place + 2 + (data[place] << 8 | data[place + 1])
            if end > size or self.transport is None:
                break
            self.user.arrived(data[place + 2 : end])
            place = end
        self._rest = data[place:]
        rest = self._rest
        self._needed = 2 + (rest[0] << 8 | rest[1]) if len(rest) >= 2 else 2
