"""Members of MLS groups in Python, for a test in another language to play with.

Reads one JSON object a line from standard input and answers each by one on standard
output. Every request names a member and what it does; bytes travel as hexadecimal. A
refusal is answered by the name of its error. The process ends with its input.
"""

import json
import random
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from mls import (
    Add,
    ApplicationReceived,
    BasicCredential,
    CommitOptions,
    Entropy,
    ExternalCommitOptions,
    Framing,
    Group,
    Identity,
    KeyPackage,
    MLSError,
    OwnKeyPackage,
    Proposal,
    Remove,
    Settings,
    StagedCommit,
    Suite,
)

# A request is whatever its JSON says; only the member asked looks inside.
Request = dict[str, Any]
Answer = dict[str, object]
NOW = 1_700_000_000
SETTINGS = Settings(authenticate=lambda claim: None, padding=64)


@dataclass
class Member:
    """Somebody with a group, who goes on with the newest value of it."""

    name: str
    suite: Suite
    entropy: Entropy
    group: Group | None = None
    package: OwnKeyPackage | None = None
    staged: StagedCommit | None = None
    identity: Identity = field(init=False)

    def __post_init__(self) -> None:
        credential = BasicCredential(self.name.encode())
        self.identity = Identity.generate(self.suite, credential, entropy=self.entropy)

    @property
    def here(self) -> Group:
        """The group, which there must be."""
        assert self.group is not None
        return self.group

    def create(self, request: Request) -> Answer:
        self.group = Group.create(
            bytes.fromhex(request["groupId"]),
            self.identity,
            settings=SETTINGS,
            now=NOW,
            entropy=self.entropy,
        )
        return {}

    def offer(self, _: Request) -> Answer:
        package = OwnKeyPackage.generate(self.identity, now=NOW, entropy=self.entropy)
        self.package = OwnKeyPackage.from_bytes(package.to_bytes())
        return {"message": package.message.hex()}

    def join(self, request: Request) -> Answer:
        assert self.package is not None
        welcome = bytes.fromhex(request["welcome"])
        self.group = Group.join(welcome, [self.package], settings=SETTINGS)
        return {}

    def commit(self, request: Request) -> Answer:
        adds = [KeyPackage.from_message(bytes.fromhex(it)) for it in request["adds"]]
        proposals: list[Proposal] = [*map(Add, adds)]
        proposals += map(Remove, request["removes"])
        options = CommitOptions(public=request["isPublic"], path=request["path"])
        staged = self.here.commit(
            proposals, now=NOW, entropy=self.entropy, options=options
        )
        self.group = staged.current
        self.staged = StagedCommit.from_bytes(staged.to_bytes(), settings=SETTINGS)
        welcome = staged.welcome.hex() if staged.welcome else None
        return {"message": staged.message.hex(), "welcome": welcome}

    def propose(self, request: Request) -> Answer:
        framing = Framing(public=request["isPublic"])
        remove = request.get("remove")
        if remove is None:
            made = self.here.propose_update(entropy=self.entropy, framing=framing)
        else:
            proposal = Remove(remove)
            made = self.here.propose(proposal, entropy=self.entropy, framing=framing)
        self.group, message = made
        return {"message": message.hex()}

    def accept(self, _: Request) -> Answer:
        assert self.staged is not None
        self.group, self.staged = self.here.accept(self.staged), None
        return {}

    def drop(self, _: Request) -> Answer:
        self.staged = None
        return {}

    def process(self, request: Request) -> Answer:
        received = self.here.process(bytes.fromhex(request["message"]), now=NOW)
        self.group = received.group
        if isinstance(received, ApplicationReceived):
            return {"plaintext": received.plaintext.hex()}
        return {"status": self.group.status.value}

    def say(self, request: Request) -> Answer:
        plaintext = bytes.fromhex(request["plaintext"])
        self.group = self.here.forget_proposals()
        self.group, message = self.group.encrypt(plaintext, entropy=self.entropy)
        return {"message": message.hex()}

    def show(self, _: Request) -> Answer:
        return {"message": self.here.export_group_info(entropy=self.entropy).hex()}

    def enter(self, request: Request) -> Answer:
        entered = Group.join_by_external_commit(
            bytes.fromhex(request["groupInfo"]),
            self.identity,
            settings=SETTINGS,
            entropy=self.entropy,
            options=ExternalCommitOptions(resync=request.get("resync")),
        )
        self.group = entered.group
        return {"message": entered.message.hex()}

    def restart(self, _: Request) -> Answer:
        """Store everything, forget it, and read it back."""
        epoch, ratchet = self.here.epoch_state(), self.here.ratchet_state()
        self.group = Group.restore(epoch, ratchet, settings=SETTINGS)
        return {"epochState": epoch.hex(), "ratchetState": ratchet.hex()}

    def adopt(self, request: Request) -> Answer:
        """Go on as a member whose stored state comes from another program."""
        parts = (bytes.fromhex(request[it]) for it in ("epochState", "ratchetState"))
        self.group = Group.restore(*parts, settings=SETTINGS)
        self.identity = self.group.identity
        return {}

    def look(self, _: Request) -> Answer:
        return {
            "epoch": self.here.epoch,
            "authenticator": self.here.epoch_authenticator.hex(),
            "leaf": self.here.own_leaf,
            "leaves": [member.leaf for member in self.here.members],
            "exported": self.here.export("a label", b"a context", 32).hex(),
        }


VERBS: dict[str, Callable[[Member, Request], Answer]] = {
    verb.__name__: verb
    for verb in (
        Member.create,
        Member.offer,
        Member.join,
        Member.commit,
        Member.propose,
        Member.accept,
        Member.drop,
        Member.process,
        Member.say,
        Member.show,
        Member.enter,
        Member.restart,
        Member.adopt,
        Member.look,
    )
}


def main() -> None:
    """Answer requests until there are no more."""
    entropy = random.Random(sys.argv[1]).randbytes
    members: dict[str, Member] = {}
    for line in sys.stdin:
        request: Request = json.loads(line)
        name = request["name"]
        if name not in members:
            suite = Suite.from_id(request["suite"])
            members[name] = Member(name, suite, entropy)
        try:
            answer = VERBS[request["verb"]](members[name], request)
        except MLSError as error:
            answer = {"error": type(error).__name__, "why": str(error)}
        sys.stdout.write(json.dumps(answer) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
