"""Where the official test vectors are, and which check each of their files gets."""

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import vectors_of_groups as groups
import vectors_of_messages as messages
import vectors_of_primitives as primitives
import vectors_of_trees as trees

# A vector is whatever its JSON says; only these runners look inside.
Case = dict[str, Any]
Check = Callable[[Case], None]

CATEGORIES: dict[str, Check] = {
    "tree-math": trees.tree_math,
    "crypto-basics": primitives.crypto_basics,
    "deserialization": primitives.deserialization,
    "hpke-pq": primitives.hpke_pq,
    "key-schedule": primitives.key_schedule,
    "psk_secret": primitives.psk_secrets,
    "transcript-hashes": primitives.transcript_hashes,
    "secret-tree": messages.secret_tree,
    "message-protection": messages.message_protection,
    "messages": messages.messages,
    "tree-operations": trees.tree_operations,
    "tree-validation": trees.tree_validation,
    "treekem": trees.treekem,
    "welcome": groups.welcome,
    "passive-client-welcome": groups.passive_client,
    "passive-client-handling-commit": groups.passive_client,
    "passive-client-random": groups.passive_client,
}


def folder() -> Path:
    """The folder of the vectors: in LINNET_SHARED, or beside the checkout."""
    beside = Path(__file__).resolve().parents[3] / "shared"
    return Path(os.environ.get("LINNET_SHARED", beside)) / "mls-vectors"


def cases(category: str) -> Iterator[Case]:
    """Every case of a category; of hpke-pq those with the KEM we use."""
    for case in json.loads((folder() / f"{category}.json").read_text()):
        if case.get("kem_id", primitives.X_WING_ID) == primitives.X_WING_ID:
            yield case
