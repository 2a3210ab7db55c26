"""The part of `Client` about roads: one's own, those of contacts, and manifests."""

from linnet.client import manifests, road_sharing, roads
from linnet.client.sync.hub import Hub
from linnet.client.sync.place_asking import ask_all, first_at
from linnet.client.values import FollowedManifest, OwnRoad, PlaceAsked
from linnet.errors import RemoteError, UsageError
from linnet.wire.places import Place


class KnownRoads:
    """The further ways to relays that an account was given (spec/carriers.md §9)."""

    def __init__(self, hub: Hub) -> None:
        self._hub = hub
        self._store = hub.store

    async def add_road(self, link: str) -> list[OwnRoad]:
        """Know the roads of a link, as a proxy gives one.

        They stay on this device: only `share_road` ever names one in a message.

        Raises:
            UsageError: it is no road link, or there are too many.
        """
        known = roads.add(self._store, link, self._hub.now())
        self._hub.learn_ways()
        return known

    def roads(self) -> list[OwnRoad]:
        """The further ways to relays that this device was given."""
        return roads.listed(self._store)

    async def share_road(self, which: str, who: str, *, hops: int = 1) -> None:
        """Share a road with a contact, inside the conversation with them.

        Args:
            which: how its id begins, or a road link, which is not kept here.
            who: the contact.
            hops: how often it may be passed on in all, this time counted.

        Raises:
            UsageError: the road, the contact or the number cannot be.
        """
        road_sharing.share(self._hub, which, who, hops)

    async def take_road(self, which: str) -> OwnRoad:
        """Use a road that a contact has shared.

        Raises:
            UsageError: there is no such road, or as many are taken as may be.
        """
        taken = road_sharing.take(self._store, which, self._hub.now())
        self._hub.learn_ways()
        return roads.shown(self._store, taken)

    async def follow(self, text: str, only: str = "") -> FollowedManifest:
        """Follow a manifest, or take a newer edition.

        Args:
            text: the manifest.
            only: the id that it has to have, whole; "": any.

        Raises:
            UsageError: it is none, another, older than what is known, or not signed
                enough.
        """
        return manifests.follow(self._store, text, only)

    async def follow_at(self, place: str, only: str = "") -> FollowedManifest:
        """Follow the manifest that is at a place now, or take its newer edition.

        Args:
            place: where. Without an id a website's certificate is all that says whose
                it is, and of the records of a name nothing does.
            only: the id that it has to have, whole; "": any.

        Raises:
            UsageError: that is no place, or there is no manifest that can be taken.
            Unreachable: nobody answers there.
        """
        try:
            text = await first_at(self._hub, Place.parse(place), only)
        except RemoteError as error:
            raise UsageError(str(error)) from error
        return manifests.follow(self._store, text, only)

    async def fetch_manifests(self) -> list[PlaceAsked]:
        """Ask the places that manifests name for newer editions, now."""
        return await ask_all(self._hub)

    async def unfollow(self, which: str) -> FollowedManifest:
        """Let a manifest go: by how its id begins.

        Raises:
            UsageError: none, or more than one, has such an id.
        """
        return manifests.unfollow(self._store, which)

    def followed(self) -> list[FollowedManifest]:
        """The manifests that are followed."""
        return manifests.followed(self._store)

    def manifest_text(self, which: str) -> str:
        """A manifest as text, for others to follow: by how its id begins.

        Raises:
            UsageError: none, or more than one, has such an id.
        """
        return manifests.text_of(self._store, which)

    async def remove_road(self, which: str) -> OwnRoad:
        """Forget a road: by how its id begins.

        Raises:
            UsageError: there is no such road, or more than one.
        """
        gone = roads.remove(self._store, which)
        self._hub.learn_ways()
        return gone
