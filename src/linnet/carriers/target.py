"""Where libcurl is to connect, and as whom."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Target:
    """Where to connect, and as whom.

    Attributes:
        name: the server name to ask for.
        hosts: the addresses behind it, as digits.
        preset: whose ClientHello to send.
        old: offer HTTP/1.1 and nothing newer.
        resumes: take up an earlier TLS session where there is one.
        patience: seconds until it is given up.
        checks: whether the certificate must be right.
    """

    name: str
    hosts: tuple[str, ...]
    port: int
    preset: str
    old: bool
    resumes: bool
    patience: float
    checks: bool = False

    @property
    def authority(self) -> str:
        """Name and port, as an address of the web has them."""
        name = f"[{self.name}]" if ":" in self.name else self.name
        return f"{name}:{self.port}"
