"""TLS between a simulated connection and a protocol: asyncio's own, with real bytes."""

import asyncio
import ssl
from asyncio.sslproto import SSLProtocol
from collections.abc import Mapping
from typing import Any


def client_side(
    protocol: asyncio.BaseProtocol,
    context: ssl.SSLContext | bool,
    name: str | None,
    waiter: asyncio.Future[None],
    options: Mapping[str, Any],
) -> SSLProtocol:
    """Put TLS before a client's protocol; the waiter hears that it has begun."""
    return SSLProtocol(
        asyncio.get_running_loop(),
        protocol,
        ssl.create_default_context() if isinstance(context, bool) else context,
        waiter,
        server_hostname=name,
        **_patience(options),
    )


def server_side(
    protocol: asyncio.BaseProtocol,
    context: ssl.SSLContext,
    options: Mapping[str, Any],
) -> SSLProtocol:
    """Put TLS before a server's protocol, which hears of it once it has begun."""
    return SSLProtocol(
        asyncio.get_running_loop(),
        protocol,
        context,
        None,  # type: ignore[arg-type]  # asyncio allows that nobody waits
        server_side=True,
        **_patience(options),
    )


def _patience(options: Mapping[str, Any]) -> dict[str, Any]:
    names = "ssl_handshake_timeout", "ssl_shutdown_timeout"
    return {name: options.get(name) for name in names}
