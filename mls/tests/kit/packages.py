"""Key packages that their owner made wrong on purpose, and signed."""

from collections.abc import Callable
from dataclasses import replace

from kit.insider import unbent
from kit.people import People
from mls import Identity, KeyPackage, OwnKeyPackage
from mls.leaf_nodes import LeafNode


def bent_package(
    people: People,
    name: str = "dave",
    *,
    leaf: Callable[[LeafNode], LeafNode] = unbent,
    signed_leaf: Callable[[LeafNode], LeafNode] = unbent,
    package: Callable[[KeyPackage], KeyPackage] = unbent,
    identity: Identity | None = None,
) -> OwnKeyPackage:
    """A key package bent before and after its leaf is signed, and as a whole."""
    honest = people.package(name)
    owner = identity or honest.identity
    started = replace(
        honest.public.leaf,
        credential=owner.credential,
        signature_key=owner.signature_key,
        encoded=b"",
    )
    bent = signed_leaf(leaf(replace(started, encoded=b"")).signed(owner))
    whole = package(replace(honest.public, leaf=bent, encoded=b""))
    return replace(honest, public=replace(whole, encoded=b"").signed(owner))
