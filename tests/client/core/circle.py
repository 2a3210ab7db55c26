"""People around a stream that exists only in memory, for tests of the machine."""

from dataclasses import dataclass, field
from random import Random

from linnet.client.core.commits import Plan, plan, stage
from linnet.client.core.content import Content, message_id, mimi_id
from linnet.client.core.conversation import Conversation
from linnet.client.core.founding import found, join, welcome_references
from linnet.client.core.identity import Account
from linnet.client.core.info import ConversationInfo
from linnet.client.core.meaning import text_part
from linnet.client.core.outcomes import Arrival, EpochChanged, Outcome
from linnet.client.core.people import new_identity, new_package
from linnet.client.core.wants import Want, WantMember
from linnet.ids import AccountKey, EnvelopeId, StreamId
from linnet.wire.links import Address, RelayDescriptor, Road
from mls import Add, Identity, KeyPackage, OwnKeyPackage

NOW = 1_800_000_000.0
RELAY = RelayDescriptor(bytes(32), (Address(Road.TCP, "relay.example", 443),))


@dataclass
class Human:
    name: str
    entropy: Random
    account: Account = field(init=False)
    identity: Identity = field(init=False)
    package: OwnKeyPackage = field(init=False)
    machine: Conversation = field(init=False)
    read: int = 0
    outcomes: list[Outcome] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.account = Account.generate(self.bytes)
        self.identity = new_identity(self.account, self.bytes)
        self.package = new_package(
            self.identity, self.name, now=NOW, entropy=self.bytes, last_resort=False
        )

    def bytes(self, count: int) -> bytes:
        return self.entropy.randbytes(count)

    @property
    def key(self) -> AccountKey:
        return self.account.key


class Stream:
    """An ordered log with a fence, as a relay keeps it."""

    def __init__(self) -> None:
        self.log: list[Arrival] = []
        self.epoch = 0

    def append(self, epoch: int, envelope: EnvelopeId, data: bytes) -> bool:
        if any(one.envelope == envelope for one in self.log):
            return True
        if epoch != self.epoch:
            return False
        self.log.append(Arrival(epoch, envelope, data))
        return True


class Circle:
    """A conversation and the people in it."""

    def __init__(self, *names: str, kind: int = 1, seed: int = 1) -> None:
        random = Random(seed)
        self.stream = Stream()
        self.ours: dict[str, set[EnvelopeId]] = {}
        self.people = {n: Human(n, Random(random.random())) for n in names}
        first = self.people[names[0]]
        info = ConversationInfo(
            kind=kind,
            title="Birds" if kind == 1 else "",
            admins=frozenset([first.key]) if kind == 1 else frozenset(),
            stream=StreamId(bytes(16)),
            relay=RELAY,
        )
        first.machine = found(
            first.key,
            first.identity,
            first.name,
            info=info,
            now=NOW,
            entropy=first.bytes,
        )
        self.members = [first.name]
        for name in names[1:]:
            self.let_in(names[0], name)

    def __getitem__(self, name: str) -> Human:
        return self.people[name]

    def say(self, name: str, text: str) -> EnvelopeId:
        human = self[name]
        content = Content(human.bytes(16), text_part(text))
        data = content.encode()
        mimi = mimi_id(human.key, human.machine.id, content=data, salt=content.salt)
        envelope = EnvelopeId(bytes(message_id(mimi)))
        epoch = human.machine.keys.epoch
        sealed = human.machine.encrypt(data, envelope, human.bytes)
        assert self.stream.append(epoch, envelope, sealed)
        self.ours.setdefault(name, set()).add(envelope)
        return envelope

    def want(self, name: str, *wants: Want) -> bool:
        """Commit for what somebody wants; False when another commit was first."""
        human = self[name]
        planned = plan(human.machine, list(enumerate(wants, 1)), NOW)
        assert planned.refused == ()
        staged = stage(human.machine, planned, now=NOW, entropy=human.bytes)
        human.machine.staged = staged
        won = self.stream.append(staged.epoch, staged.envelope, staged.data)
        if won:
            self.stream.epoch += 1
        return won

    def let_in(self, by: str, name: str) -> None:
        newcomer = self[name]
        want = WantMember(newcomer.key, newcomer.package.message)
        self.welcome(by, name, want)

    def break_rule(self, by: str, package: bytes) -> None:
        """Commit an Add that a client of ours would not make."""
        human = self[by]
        planned = Plan((Add(KeyPackage.from_message(package)),), (1,))
        staged = stage(human.machine, planned, now=NOW, entropy=human.bytes)
        assert self.stream.append(staged.epoch, staged.envelope, staged.data)
        self.stream.epoch += 1

    def welcome(self, by: str, name: str, want: Want) -> None:
        """Commit an Add and hand the Welcome over."""
        newcomer = self[name]
        assert self.want(by, want)
        self.read(by)
        adopted = self[by].outcomes[-1]
        assert isinstance(adopted, EpochChanged)
        assert adopted.welcome is not None
        assert welcome_references(adopted.welcome) == (newcomer.package.reference,)
        tree = self[by].machine.group.export_ratchet_tree()
        newcomer.machine = join(newcomer.key, adopted.welcome, tree, [newcomer.package])
        newcomer.read = len(self.stream.log)
        self.members.append(name)

    def read(self, *names: str) -> list[Outcome]:
        """Let people read on; what came of it for the last one."""
        heard: list[Outcome] = []
        for name in names or self.members:
            human, heard = self[name], []
            for arrival in self.stream.log[human.read :]:
                own = arrival.envelope in self.ours.get(name, set())
                outcome = human.machine.receive(
                    Arrival(arrival.epoch, arrival.envelope, arrival.data, is_ours=own),
                    NOW,
                )
                heard.append(outcome)
            human.outcomes += heard
            human.read = len(self.stream.log)
        return heard
