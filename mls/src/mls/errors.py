"""The whole error tree, split by who is at fault.

```
MLSError
├── MalformedMessage         bytes that do not parse
├── InvalidMessage           a peer broke a rule of RFC 9420
│   ├── InvalidSignature
│   ├── InvalidTag           a membership or confirmation tag is wrong
│   ├── UndecryptableMessage
│   ├── InvalidKey           a key no operation may be done with
│   ├── InvalidLeaf          §7.3
│   ├── InvalidKeyPackage    §10.1
│   ├── InvalidTree          §7.9, §12.4.3.1
│   ├── InvalidProposal      §12.1, §12.2
│   ├── InvalidCommit        §12.4
│   ├── InvalidWelcome       §12.4.3.1
│   ├── InvalidGroupInfo     §12.4.3
│   ├── CredentialRejected   raised by the application's `authenticate`
│   ├── UnknownSuite
│   └── UnsupportedVersion
├── CannotProcess            nobody broke a rule; this group value cannot take it
│   ├── WrongGroup
│   ├── WrongEpoch
│   ├── OwnMessage           we sent it ourselves
│   ├── Replayed             its key was used already, or is too old to be kept
│   ├── TooFarAhead          its key is further ahead than we are willing to compute
│   ├── TooManyProposals     more are pending than settings allow
│   ├── UnknownProposal      a commit names a proposal that we have not seen
│   ├── UnknownKeyPackage    a welcome for somebody else
│   ├── UnknownPsk
│   └── StateMismatch        two stored parts that do not belong together
└── UsageError               our own caller broke a rule
```

Bytes from outside never raise anything else. No message of an error contains a secret.
"""


class MLSError(Exception):
    """Anything this package raises on purpose."""


class MalformedMessage(MLSError):
    """Bytes that do not parse (RFC 9420 §2.1)."""


class InvalidMessage(MLSError):
    """A peer broke a rule of RFC 9420; it may be an attack."""


class InvalidSignature(InvalidMessage):
    """A signature does not verify (§5.1.2)."""


class InvalidTag(InvalidMessage):
    """A membership tag or confirmation tag is wrong (§6.1, §6.2)."""


class UndecryptableMessage(InvalidMessage):
    """A ciphertext does not open under the key it should (§5.1.3, §6.3)."""


class InvalidKey(InvalidMessage):
    """A public key or key encapsulation that must not be used (§7.1, RFC 9180)."""


class InvalidLeaf(InvalidMessage):
    """A leaf node breaks a rule of §7.3."""


class InvalidKeyPackage(InvalidMessage):
    """A key package breaks a rule of §10.1."""


class InvalidTree(InvalidMessage):
    """A ratchet tree breaks a rule of §7.9 or §12.4.3.1."""


class InvalidProposal(InvalidMessage):
    """A proposal, or a list of them, breaks a rule of §12.1 or §12.2."""


class InvalidCommit(InvalidMessage):
    """A commit breaks a rule of §12.4."""


class InvalidWelcome(InvalidMessage):
    """A welcome breaks a rule of §12.4.3.1."""


class InvalidGroupInfo(InvalidMessage):
    """A group info breaks a rule of §12.4.3."""


class CredentialRejected(InvalidMessage):
    """The application does not accept this credential for this key (§5.3.1)."""


class UnknownSuite(InvalidMessage):
    """A cipher suite that this package does not implement."""


class UnsupportedVersion(InvalidMessage):
    """A protocol version other than mls10."""


class CannotProcess(MLSError):
    """Nobody broke a rule, but this group value cannot take the message."""


class WrongGroup(CannotProcess):
    """The message belongs to another group."""


class WrongEpoch(CannotProcess):
    """The message belongs to an epoch that we have not reached or no longer keep.

    Attributes:
        epoch: the epoch of the message.
        current: the epoch of the group.
    """

    def __init__(self, epoch: int, current: int) -> None:
        super().__init__(f"message of epoch {epoch}, group is at {current}")
        self.epoch = epoch
        self.current = current


class OwnMessage(CannotProcess):
    """We sent this message ourselves; its sender has nothing to learn from it."""


class Replayed(CannotProcess):
    """The key of this message was used already, or is too old to be kept (§9.2)."""


class TooFarAhead(CannotProcess):
    """The generation of this message is further ahead than settings allow (§9.2)."""


class TooManyProposals(CannotProcess):
    """More proposals of this epoch are pending than settings allow."""


class UnknownProposal(CannotProcess):
    """A commit names a proposal that we have not seen (§12.4)."""


class UnknownKeyPackage(CannotProcess):
    """A welcome that is for none of the key packages given (§12.4.3.1)."""


class UnknownPsk(CannotProcess):
    """A pre-shared key that was not given (§8.4)."""


class StateMismatch(CannotProcess):
    """An epoch part and a ratchet part that do not belong together."""


class UsageError(MLSError):
    """Our own caller broke a rule; the message says which."""
