"""Through what this home's connections leave (spec/carriers.md §13).

The chain rests in the sealed store, because it may hold a password, and on this device
alone: another device may be on another network.
"""

from collections.abc import Sequence
from dataclasses import replace

from linnet.carriers.egress import Egress
from linnet.carriers.resolver import MOST_RESOLVERS, Resolver
from linnet.carriers.tunnels.chains import read_chain, show_chain, write_chain
from linnet.carriers.tunnels.kinds import TALKS
from linnet.client.store.home import Store
from linnet.client.store.roads import RoadTable
from linnet.errors import Malformed, UsageError


def read_way_out(chain: str) -> Egress:
    """Read a chain that a person typed; nothing is straight on.

    Raises:
        UsageError: it is none.
    """
    try:
        tunnels = read_chain(chain) if chain else ()
    except Malformed as error:
        raise UsageError(str(error)) from error
    if tunnels and tunnels[-1].kind not in TALKS:
        raise UsageError(
            "The last of a chain must be a proxy: a plug-in leads to one place alone. "
            "A relay's own plug-in comes with its link or with linnet road add."
        )
    return Egress(tunnels)


def keep_way_out(table: RoadTable, way_out: Egress) -> None:
    """Write a way out; call in a transaction."""
    table.go_through(write_chain(way_out.tunnels))


def way_out_of(table: RoadTable) -> Egress:
    """Return the way out that was kept, with the resolvers that were chosen."""
    chosen = tuple(Resolver.parse(one) for one in table.resolvers())
    return replace(read_way_out(table.through()), resolvers=chosen)


def ask_resolvers(store: Store, texts: Sequence[str]) -> list[str]:
    """Let the road by names ask these from the next start; how they are written.

    Raises:
        UsageError: one is none, or there are too many.
    """
    try:
        chosen = list(dict.fromkeys(Resolver.parse(one).text for one in texts))
    except Malformed as error:
        raise UsageError(str(error)) from error
    if len(chosen) > MOST_RESOLVERS:
        raise UsageError(f"Choose at most {MOST_RESOLVERS} resolvers.")
    with store.db.transaction():
        store.roads.ask(chosen)
    return chosen


def go_through(store: Store, chain: str) -> str:
    """Let connections go through a chain from the next start; how it is shown.

    Raises:
        UsageError: it is none.
    """
    way_out = read_way_out(chain)
    with store.db.transaction():
        keep_way_out(store.roads, way_out)
    return show_chain(way_out.tunnels)


def goes_through(store: Store) -> str:
    """Return the chain as it may be shown, without what is secret; or empty."""
    return show_chain(way_out_of(store.roads).tunnels)
