"""Every error of Linnet, split by who is at fault.

::

    LinnetError
    |-- LocalError          our own caller broke a rule of the interface
    |-- RemoteError         a relay, contact or link did; may be an attack
    |   |-- Malformed       bytes that are not what they claim to be
    |   |-- Forged          a signature, tag or proof that does not hold
    |   |-- Replayed        something seen before, offered again
    |   `-- Refused         the relay said no, with its code and reason
    |-- Unreachable         the network: no road to the relay works now
    |-- StorageError        this machine's disk: read-only, corrupt, in use
    |   `-- DiskFull        no room; nothing was stored, what is there can be read
    |-- UsageError          the person; carries the sentence to show
    `-- BugError            cannot happen

Machines raise; the receiving door decides what survives. The text of every error is a
sentence that may be shown and logged: it holds no key, token, address or plaintext.
"""


class LinnetError(Exception):
    """What every error of Linnet is."""


class LocalError(LinnetError):
    """Our own caller broke a rule of the interface it called."""


class RemoteError(LinnetError):
    """The other side broke a rule; nothing it sent with it was believed."""


class Malformed(RemoteError):
    """Bytes from outside that are not what they claim to be."""


class Forged(RemoteError):
    """A signature, tag or proof from outside that does not hold."""


class Replayed(RemoteError):
    """Something that was seen before was offered again."""


class Refused(RemoteError):
    """The relay refused a request.

    Attributes:
        code: the refusal's number (spec/wire.md, table of refusals).
        detail: what that table says goes with it, or 0.
    """

    def __init__(self, code: int, sentence: str, detail: int = 0) -> None:
        super().__init__(sentence)
        self.code = code
        self.detail = detail


class Unreachable(LinnetError):
    """No road to the relay works now; what waits to be sent is kept."""


class StorageError(LinnetError):
    """This machine's disk is full, read-only, corrupt or in use."""


class DiskFull(StorageError):
    """This machine's disk has no room; nothing was stored, all else can be read."""


class UsageError(LinnetError):
    """The person asked for something that cannot be; the text says what to do."""


class BugError(LinnetError):
    """A state that cannot be; please report it."""
