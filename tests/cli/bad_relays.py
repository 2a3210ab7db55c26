"""Listeners that are no relay: one answers garbage, one never answers at all."""

import random
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager


def garbage(connection: socket.socket) -> None:
    """Answer with noise, then hang up."""
    noise = random.Random(7)
    with connection:
        connection.settimeout(10)
        connection.recv(4096)
        connection.sendall(noise.randbytes(5_000))


def website(connection: socket.socket) -> None:
    """Answer as some other server does."""
    with connection:
        connection.settimeout(10)
        connection.recv(4096)
        connection.sendall(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")


def silence(connection: socket.socket) -> None:
    """Keep the connection and say nothing."""
    threading.Event().wait(60)
    connection.close()


@contextmanager
def listening(port: int, answer: Callable[[socket.socket], None]) -> Iterator[None]:
    """Answer everybody who connects to a loopback port."""
    listener = socket.socket()
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.bind(("127.0.0.1", port))
    listener.listen()

    def accept() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            threading.Thread(target=_answer, args=(connection,), daemon=True).start()

    def _answer(connection: socket.socket) -> None:
        try:
            answer(connection)
        except OSError:
            return

    threading.Thread(target=accept, daemon=True).start()
    try:
        yield
    finally:
        # Wakes the accept as well; closing alone would not.
        listener.shutdown(socket.SHUT_RDWR)
        listener.close()
