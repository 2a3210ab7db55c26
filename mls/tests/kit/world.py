"""A group, the server that orders its commits, and a network that does as it likes.

The world knows what must come of every delivery, and asserts it. Who drives it (a state
machine, or a seeded run) only chooses what happens next.
"""

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest

from kit.people import NOW, People
from mls import (
    Add,
    ApplicationReceived,
    BasicCredential,
    CommitOptions,
    CommitReceived,
    ExternalCommitOptions,
    ExternalPsk,
    Framing,
    Group,
    Identity,
    JoinOptions,
    LeafIndex,
    OwnKeyPackage,
    OwnMessage,
    Proposal,
    ProposalReceived,
    Psks,
    Replayed,
    StagedCommit,
    Status,
    UnknownProposal,
    UsageError,
    WrongEpoch,
)

LARGEST = 16
PAST = 2
SHARED: Psks = {ExternalPsk(b"shared"): b"a key from elsewhere"}


@dataclass(frozen=True)
class Post:
    """An application message on its way."""

    author: str
    epoch: int
    plaintext: bytes
    message: bytes


@dataclass
class Client:
    """One device: its group value, and what it has and has not received."""

    name: str
    identity: Identity
    group: Group
    since: int
    inbox: list[Post] = field(default_factory=list)
    read: list[Post] = field(default_factory=list)
    staged: StagedCommit | None = None


@dataclass(frozen=True)
class Candidate:
    """A commit that was sent to the server, before it chose the first of the epoch.

    Attributes:
        tree: that of the next epoch, for newcomers; None if the author itself is one.
    """

    author: str
    message: bytes
    accept: Callable[[], Group]
    welcome: bytes | None = None
    tree: bytes | None = None


@dataclass(frozen=True)
class Winner:
    """The commit that ended an epoch, and what every member must reach by it."""

    message: bytes
    author: str
    authenticator: bytes
    proposals: tuple[bytes, ...]


class World:
    """Clients, and the order of things."""

    def __init__(self, people: People) -> None:
        self.people = people
        self.clients: dict[str, Client] = {}
        self.gone: list[Client] = []
        self.log: list[Winner] = []
        self.candidates: list[Candidate] = []
        self.proposals: list[tuple[str, bytes, set[str]]] = []
        self.invited: dict[bytes, tuple[str, OwnKeyPackage]] = {}
        self.happened: Counter[str] = Counter()
        self._born = 0
        founder = self.new_name()
        self._enter(founder, people.found(founder))

    # Who is there.

    @property
    def head(self) -> int:
        return len(self.log)

    def new_name(self) -> str:
        self._born += 1
        return f"person {self._born}"

    def current(self) -> list[Client]:
        """Those who stand in the newest epoch, in a fixed order."""
        clients = self.clients.values()
        return [client for client in clients if client.group.epoch == self.head]

    def lagging(self) -> list[Client]:
        clients = self.clients.values()
        return [client for client in clients if client.group.epoch < self.head]

    def room(self) -> int:
        """How many may still come in, counting those who were invited."""
        return LARGEST - len(self.clients) - len(self.invited)

    def _enter(self, name: str, group: Group) -> Client:
        client = Client(name, group.identity, group, group.epoch)
        self.clients[name] = client
        return client

    # Commits.

    def invite(self) -> Add:
        """A newcomer's key package, for somebody to add."""
        name = self.new_name()
        package = self.people.package(name)
        self.invited[package.reference] = name, package
        return Add(package.public)

    def stage(
        self,
        client: Client,
        proposals: Sequence[Proposal],
        options: CommitOptions,
    ) -> None:
        """A member sends a commit to the server; others may do so in the same epoch."""
        staged = client.group.commit(
            proposals, now=NOW, entropy=self.people.entropy, options=options
        )
        client.group, client.staged = staged.current, staged

        def accept() -> Group:
            assert client.staged is not None
            return client.group.accept(client.staged)

        tree = staged.next.export_ratchet_tree()
        self.candidates.append(
            Candidate(client.name, staged.message, accept, staged.welcome, tree)
        )

    def knock(self, helper: Client, *, resync: Client | None = None) -> None:
        """Somebody asks to come in by an external commit; `resync`: to come back."""
        self.happened["external join asked"] += 1
        info = helper.group.export_group_info(entropy=self.people.entropy)
        if resync is None:
            name = self.new_name()
            identity, leaf = self.people.identity(name), None
        else:
            name, identity = resync.name, resync.identity
            leaf = leaf_of(helper.group, identity)
        joined = Group.join_by_external_commit(
            info,
            identity,
            settings=self.people.settings,
            entropy=self.people.entropy,
            options=ExternalCommitOptions(
                resync=leaf, psks=SHARED if leaf is None else {}
            ),
        )
        self.candidates.append(Candidate(name, joined.message, lambda: joined.group))

    def elect(self, choice: int) -> None:
        """The server takes one of the commits; everybody else's are dropped."""
        self.happened["epoch"] += 1
        winner = self.candidates[choice % len(self.candidates)]
        group = winner.accept()
        assert group.epoch == self.head + 1
        messages = tuple(message for _, message, _ in self.proposals)
        authenticator = group.epoch_authenticator
        self.log.append(Winner(winner.message, winner.author, authenticator, messages))
        self.happened["lost commit"] += len(self.candidates) - 1
        self.candidates, self.proposals = [], []
        if winner.tree is None:
            self.happened["external join"] += 1
            # A newcomer, or a member who came back with nothing of what it knew.
            self._enter(winner.author, group)
        else:
            author = self.clients[winner.author]
            author.group, author.staged = group, None
        if winner.welcome is not None:
            self._welcome(winner.welcome, winner.tree)
        self.invited = {}

    def _welcome(self, welcome: bytes, tree: bytes | None) -> None:
        for reference in Group.welcome_references(welcome):
            self.happened["joined by welcome"] += 1
            name, package = self.invited[reference]
            group = Group.join(
                welcome,
                [OwnKeyPackage.from_bytes(package.to_bytes())],
                settings=self.people.settings,
                options=JoinOptions(ratchet_tree=tree, psks=SHARED),
            )
            assert group.epoch_authenticator == self.log[-1].authenticator
            self._enter(name, group)

    def advance(self, client: Client) -> None:
        """A member takes the next commit it has not seen."""
        winner = self.log[client.group.epoch]
        client.staged = None
        try:
            received = client.group.process(winner.message, now=NOW, psks=SHARED)
        except UnknownProposal:
            self.happened["lost proposal"] += 1
            self._supply(client, winner.proposals)
            received = client.group.process(winner.message, now=NOW, psks=SHARED)
        assert isinstance(received, CommitReceived)
        client.group = received.group
        if client.group.status is Status.REMOVED:
            assert received.report.removed_me
            self._leave(client)
            return
        self.happened["commit"] += 1
        self.happened["by reference"] += any(
            entry.reference is not None for entry in received.report.applied
        )
        assert client.group.epoch_authenticator == winner.authenticator

    def _supply(self, client: Client, proposals: Sequence[bytes]) -> None:
        """What the network lost is asked for again."""
        for message in proposals:
            try:
                client.group = client.group.process(message, now=NOW).group
            except (OwnMessage, Replayed):
                continue

    def _leave(self, client: Client) -> None:
        self.happened["removed"] += 1
        del self.clients[client.name]
        self.gone.append(client)
        entropy = self.people.entropy
        for attempt in (
            lambda: client.group.encrypt(b"still here", entropy=entropy),
            lambda: client.group.commit(now=NOW, entropy=entropy),
        ):
            with pytest.raises(UsageError):
                attempt()

    # Proposals by reference.

    def propose(self, client: Client, proposal: Proposal, *, public: bool) -> None:
        client.group, message = client.group.propose(
            proposal, entropy=self.people.entropy, framing=Framing(public=public)
        )
        self.proposals.append((client.name, message, {client.name}))

    def propose_update(self, client: Client) -> None:
        client.group, message = client.group.propose_update(entropy=self.people.entropy)
        self.proposals.append((client.name, message, {client.name}))

    def hear_proposals(self, client: Client, *, backwards: bool) -> None:
        """A member receives what was proposed, in some order."""
        for _, message, heard in self.proposals[:: -1 if backwards else 1]:
            if client.name not in heard:
                received = client.group.process(message, now=NOW)
                assert isinstance(received, ProposalReceived)
                client.group = received.group
                heard.add(client.name)

    # Conversation.

    def say(self, client: Client, plaintext: bytes) -> None:
        """A member writes, in whatever epoch it stands."""
        entropy = self.people.entropy
        if client.group.pending_proposals:
            with pytest.raises(UsageError, match="pending"):
                client.group.encrypt(plaintext, entropy=entropy)
            return
        epoch_part = client.group.epoch_state()
        client.group, message = client.group.encrypt(plaintext, entropy=entropy)
        assert client.group.epoch_state() == epoch_part
        post = Post(client.name, client.group.epoch, plaintext, message)
        client.read.append(post)
        for other in self.clients.values():
            if other is not client:
                other.inbox.append(post)

    def hear(self, client: Client, choice: int) -> None:
        """A member receives a message that is on its way, early, late or in a jump."""
        post = client.inbox[choice % len(client.inbox)]
        behind = client.group.epoch - post.epoch
        if behind < 0 or behind > PAST or post.epoch < client.since:
            with pytest.raises(WrongEpoch):
                client.group.process(post.message, now=NOW)
            self.happened["too late" if behind >= 0 else "too early"] += 1
            if behind >= 0:
                client.inbox.remove(post)
            return
        received = client.group.process(post.message, now=NOW)
        assert isinstance(received, ApplicationReceived)
        self.happened["late message" if behind else "message"] += 1
        assert (received.plaintext, received.epoch) == (post.plaintext, post.epoch)
        assert received.sender.credential == BasicCredential(post.author.encode())
        client.group = received.group
        client.inbox.remove(post)
        client.read.append(post)

    def hear_again(self, client: Client, choice: int) -> None:
        """A message that was read, or written, is delivered once more."""
        post = client.read[choice % len(client.read)]
        expected: type[Exception] = Replayed
        if client.group.epoch - post.epoch > PAST:
            expected = WrongEpoch
        elif post.author == client.name:
            expected = OwnMessage
        self.happened[expected.__name__] += 1
        with pytest.raises(expected):
            client.group.process(post.message, now=NOW)

    # Storage.

    def reload(self, client: Client) -> None:
        """A member stops and starts again, a commit that waits included."""
        settings = self.people.settings
        client.group = Group.restore(
            client.group.epoch_state(), client.group.ratchet_state(), settings=settings
        )
        self.happened["reload"] += 1
        if client.staged is not None:
            self.happened["reload of a staged commit"] += 1
            stored = client.staged.to_bytes()
            client.staged = StagedCommit.from_bytes(stored, settings=settings)


def leaf_of(group: Group, identity: Identity) -> LeafIndex:
    """Where a member is."""
    key = identity.signature_key
    return next(m.leaf for m in group.members if m.signature_key == key)
