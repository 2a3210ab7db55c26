"""Queues the Welcomes of a commit that counts (spec/conversations.md §6.1)."""

from linnet.client.core.conversation import Conversation
from linnet.client.core.identity import Entropy
from linnet.client.core.outcomes import EpochChanged
from linnet.client.core.posts import WelcomePost
from linnet.client.core.wants import WantDevice, WantMember
from linnet.client.store.conversations import ConversationRow
from linnet.client.store.home import Store
from linnet.client.store.log import Held
from linnet.client.store.outbox import PostRow
from linnet.client.sync.cards import own_link
from linnet.ids import AccountKey, EnvelopeId


def post_welcomes(
    store: Store,
    entropy: Entropy,
    row: ConversationRow,
    machine: Conversation,
    outcome: EpochChanged,
    *,
    held: Held,
) -> list[int]:
    """Queue them; return up to where each device of ours that came knows all."""
    if outcome.welcome is None:
        return []
    post = WelcomePost(
        sender=store.me,
        note=row.note,
        sequence=held.sequence,
        envelope=held.id,
        welcome=outcome.welcome,
        tree=machine.group.export_ratchet_tree(),
    ).encode()
    wants = [store.wants.find(number) for number in outcome.invitees]
    cards: dict[AccountKey, bytes] = {}
    newcomers = []
    for want in wants:
        if isinstance(want, WantDevice):
            newcomers.append(want.since)
            cards[store.me] = own_link(store).pack()
        elif isinstance(want, WantMember):
            contact = store.contacts.find(want.account)
            if contact and contact.card:
                cards[contact.account] = contact.card
    for account, card in cards.items():
        envelope = EnvelopeId(entropy(16))
        store.outbox.add_post(
            PostRow(envelope, row.id, account, card, post), now=held.time_ms / 1000
        )
    return newcomers
