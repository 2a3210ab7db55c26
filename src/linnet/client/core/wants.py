"""What somebody wants of a conversation that takes a commit; kept until it is true.

Specified in ``spec/conversations.md`` §6.3: a commit that lost is not sent again, what
it was for is wanted again.
"""

from dataclasses import dataclass, field
from typing import Self

from linnet.client.core import cbor
from linnet.errors import Malformed
from linnet.ids import AccountKey, DeviceId, StreamId
from linnet.wire.fields import Fields
from linnet.wire.links import RelayDescriptor


@dataclass(frozen=True, slots=True)
class WantMember:
    """Let an account in; its key package must have been claimed."""

    account: AccountKey = field(repr=False)
    package: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class WantGone:
    """Put an account out."""

    account: AccountKey = field(repr=False)


@dataclass(frozen=True, slots=True)
class WantDevice:
    """Let a device of our own account in; its key package must have been claimed.

    Attributes:
        since: up to which arrival it knows already what was said here.
    """

    device: DeviceId = field(repr=False)
    since: int = 0
    package: bytes | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class WantDeviceGone:
    """Put a device of our own account out."""

    device: DeviceId = field(repr=False)


@dataclass(frozen=True, slots=True)
class WantTitle:
    """Give the group another title."""

    title: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WantAdmin:
    """Make an account an admin, or a plain member."""

    account: AccountKey = field(repr=False)
    is_admin: bool


@dataclass(frozen=True, slots=True)
class WantMove:
    """Go on in another stream, on another relay."""

    relay: RelayDescriptor = field(repr=False)
    stream: StreamId


@dataclass(frozen=True, slots=True)
class WantName:
    """Show another display name."""

    name: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class WantFresh:
    """New keys for this device, so that what was stolen before is worth nothing."""


Want = (
    WantMember
    | WantGone
    | WantDevice
    | WantDeviceGone
    | WantTitle
    | WantAdmin
    | WantMove
    | WantName
    | WantFresh
)


@dataclass(frozen=True, slots=True)
class Record:
    """A want as the store keeps it: what kind, about whom, and the rest."""

    kind: str
    subject: bytes = field(repr=False)
    data: bytes = field(repr=False)

    @classmethod
    def of(cls, want: Want) -> Self:  # noqa: PLR0911  one line a kind
        """Write a want."""
        match want:
            case WantMember(account):
                return cls("member", account, b"")
            case WantGone(account):
                return cls("gone", account, b"")
            case WantDevice(device, since):
                return cls("device", device, cbor.encode(since))
            case WantDeviceGone(device):
                return cls("device gone", device, b"")
            case WantTitle(title):
                return cls("title", b"", title.encode())
            case WantAdmin(account, is_admin):
                return cls("admin", account, cbor.encode(is_admin))
            case WantMove(relay, stream):
                return cls("move", b"", stream + relay.pack())
            case WantName(name):
                return cls("name", b"", name.encode())
            case WantFresh():
                return cls("fresh", b"", b"")

    def want(self, package: bytes | None = None) -> Want:
        """Read the want back."""
        account = AccountKey(self.subject)
        plain: dict[str, Want] = {
            "member": WantMember(account, package),
            "gone": WantGone(account),
            "admin": WantAdmin(account, self.data == b"\xf5"),
            "fresh": WantFresh(),
            "device gone": WantDeviceGone(DeviceId(self.subject)),
        }
        if self.kind in plain:
            return plain[self.kind]
        if self.kind == "device":
            since = cbor.decode(self.data)
            known = since if isinstance(since, int) else 0
            return WantDevice(DeviceId(self.subject), known, package)
        if self.kind == "move":
            relay = RelayDescriptor.read(Fields(self.data, 16))
            return WantMove(relay, StreamId(self.data[:16]))
        text = self.data.decode()
        if self.kind not in ("title", "name"):
            raise Malformed("The store holds a wish of an unknown kind.")
        return WantTitle(text) if self.kind == "title" else WantName(text)
