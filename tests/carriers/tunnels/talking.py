"""A talk with a tunnel, given an answer that is known beforehand."""

from linnet.carriers.tunnels.tunnel import Talk, Tunnel, TunnelFailed

TARGET = "relay.example", 443


def say(
    talk: Talk, tunnel: Tunnel, answer: bytes, place: tuple[str, int] = TARGET
) -> tuple[bytes, bytes]:
    """All that was said, and what of the answer was not read.

    Raises:
        TunnelFailed: the talk ended badly, or the answer too early.
    """
    saying, said = talk(tunnel, *place), bytearray()
    try:
        one = next(saying)
        while True:
            said += one.data
            size = one.take
            if one.until:
                size = answer.find(one.until) + len(one.until)
                if size < len(one.until):
                    raise TunnelFailed("It ended.")
            if size > len(answer):
                raise TunnelFailed("It ended.")
            taken, answer = answer[:size], answer[size:]
            one = saying.send(taken)
    except StopIteration:
        return bytes(said), answer
