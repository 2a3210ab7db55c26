"""Welcomes from an insider: honest by default, bent where a test says so."""

from collections.abc import Callable
from dataclasses import dataclass

from kit.insider import Forged, unbent
from mls import OwnKeyPackage
from mls.extensions import RATCHET_TREE, Extension
from mls.psks import PskId
from mls.secrets import Secret
from mls.tree import RatchetTree
from mls.tree_math import common_ancestor
from mls.welcomes import GroupInfo, GroupSecrets, Welcome, seal_group_info


@dataclass(frozen=True, kw_only=True)
class WelcomeBend:
    """Where a welcome departs from the rules.

    Attributes:
        info: the group info, before it is signed.
        signed_info: the same, after it was signed.
        tree: the tree that newcomers are given.
        secrets: what is told to a newcomer.
        welcome: the whole welcome.
        psks: the keys it names.
        with_tree: whether the tree travels in the welcome.
    """

    info: Callable[[GroupInfo], GroupInfo] = unbent
    signed_info: Callable[[GroupInfo], GroupInfo] = unbent
    tree: Callable[[RatchetTree], RatchetTree] = unbent
    secrets: Callable[[GroupSecrets], GroupSecrets] = unbent
    welcome: Callable[[Welcome], Welcome] = unbent
    psks: tuple[PskId, ...] = ()
    with_tree: bool = True


def welcome_to(
    forged: Forged, package: OwnKeyPackage, bend: WelcomeBend = WelcomeBend()
) -> bytes:
    """Welcome somebody whom a forged commit added."""
    suite, seat = forged.context.suite, forged.seat
    encoded = bend.tree(forged.tree).encode()
    extensions = (Extension(RATCHET_TREE, encoded),) if bend.with_tree else ()
    info = bend.signed_info(
        bend.info(GroupInfo(forged.context, extensions, forged.tag, seat.leaf)).signed(
            seat.identity
        )
    )
    sealed_info = seal_group_info(suite, forged.welcome, info)
    leaf = next(leaf for leaf, added in forged.added if added == package.public)
    secret: Secret | None = None
    if forged.path is not None:
        node = common_ancestor(seat.leaf, leaf)
        secret = forged.path.secrets[forged.path.nodes.index(node)]
    told = bend.secrets(GroupSecrets(forged.joiner, secret, bend.psks))
    sealed = suite.encrypt(
        package.public.init_key, b"Welcome", sealed_info, told.encode()
    )
    entries = ((package.reference, sealed),)
    return bend.welcome(Welcome(suite.id, entries, sealed_info)).to_message()
