"""Shelves: key packages to be claimed once each (spec/wire.md §5)."""

from linnet.ids import RequestNumber
from linnet.relay.core.changes import Claim, DropShelf, PutShelf, Waiter
from linnet.relay.core.events import Effect, PackageRead, ReadPackage
from linnet.relay.core.guards import (
    charge,
    check_token,
    hash_of,
    payer_for,
    spend_costly,
)
from linnet.relay.core.memory import Memory, Refuse, answer
from linnet.relay.core.state import Guest, Shelf
from linnet.wire.refusals import Refusal
from linnet.wire.replies import Done, Package, ShelfState
from linnet.wire.requests_shelves import (
    ShelfClaim,
    ShelfCount,
    ShelfDestroy,
    ShelfPut,
)


def put(
    memory: Memory, guest: Guest, number: RequestNumber, request: ShelfPut, now_ms: int
) -> list[Effect]:
    """Lay key packages on a shelf, creating it if need be."""
    found = _existing(memory, request)
    shelf = found or _new_shelf(memory, guest, request)
    check_token(request.owner_token, shelf.owner_hash)
    size = _check_packages(memory, shelf, request)
    paying = memory.payer(shelf.payer)
    spend_costly(memory, guest, now_ms)
    memory.check_room()
    charge(paying, size, streams=int(found is None))
    _lay(memory, shelf, request, is_new=found is None, guest=guest, number=number)
    return []


def _new_shelf(memory: Memory, guest: Guest, request: ShelfPut) -> Shelf:
    return Shelf(
        id=request.shelf,
        payer=payer_for(memory, guest).number,
        number=memory.numbers.next_shelf(),
        owner_hash=hash_of(request.owner_token),
        claim_hash=request.claim_hash,
    )


def _existing(memory: Memory, request: ShelfPut) -> Shelf | None:
    try:
        return memory.shelf(request.shelf)
    except Refuse:
        if request.shelf in memory.shelves:
            raise Refuse(Refusal.SLOW_DOWN, 100) from None
        return None


def _check_packages(memory: Memory, shelf: Shelf, request: ShelfPut) -> int:
    limits = memory.limits
    sizes = [len(one) for one in (*request.packages, request.last_resort)]
    if max(sizes) > limits.max_package:
        raise Refuse(Refusal.TOO_LARGE, limits.max_package)
    lying = 0 if request.replace else len(shelf.packages)
    if lying + len(request.packages) > limits.max_packages:
        raise Refuse(Refusal.SHELF_FULL, limits.max_packages)
    return sum(sizes)


def _lay(
    memory: Memory,
    shelf: Shelf,
    request: ShelfPut,
    *,
    is_new: bool,
    guest: Guest,
    number: RequestNumber,
) -> None:
    if request.replace:
        shelf.packages.clear()
        shelf.last_resort = 0
    new = [(memory.numbers.next_package(), body) for body in request.packages]
    shelf.packages.extend(package for package, _ in new)
    if request.last_resort:
        shelf.last_resort = memory.numbers.next_package()
        new.append((shelf.last_resort, request.last_resort))
    shelf.claim_hash = request.claim_hash
    shelf.fresh.update(new)
    memory.shelves[shelf.id] = shelf
    reply = ShelfState(len(shelf.packages), shelf.last_resort != 0)
    change = PutShelf(
        shelf,
        is_new,
        request.replace,
        tuple(new),
        shelf.last_resort,
        request.claim_hash,
        Waiter(guest, number, reply),
    )
    memory.change(change, shelf, sum(len(body) for _, body in new))


def claim(
    memory: Memory, guest: Guest, number: RequestNumber, request: ShelfClaim
) -> list[Effect]:
    """Take one key package; the last resort stays."""
    shelf = memory.shelf(request.shelf)
    check_token(request.claim_token, shelf.claim_hash)
    if shelf.packages:
        package = shelf.packages.popleft()
    elif shelf.last_resort:
        package = shelf.last_resort
    else:
        raise Refuse(Refusal.SHELF_EMPTY)
    fresh = shelf.fresh.get(package)
    asked = ReadPackage(shelf, package, guest, number)
    # From here until it is read nobody may forget that the package is taken.
    shelf.pending += 1
    if fresh is not None:
        return package_read(memory, PackageRead(asked, fresh))
    return [asked]


def package_read(memory: Memory, event: PackageRead) -> list[Effect]:
    """Hand out a package, once it is off the shelf on disk."""
    asked = event.read
    asked.shelf.pending -= 1
    is_last = asked.package == asked.shelf.last_resort
    reply = Package(is_last, event.package)
    if is_last:
        return [answer(asked.guest, asked.number, reply)]
    waiter = Waiter(asked.guest, asked.number, reply)
    memory.change(Claim(asked.shelf, asked.package, waiter), asked.shelf, 0)
    return []


def count(
    memory: Memory, guest: Guest, number: RequestNumber, request: ShelfCount
) -> list[Effect]:
    """Say how many packages are left."""
    shelf = memory.shelf(request.shelf)
    check_token(request.owner_token, shelf.owner_hash)
    state = ShelfState(len(shelf.packages), shelf.last_resort != 0)
    return [answer(guest, number, state)]


def destroy(
    memory: Memory, guest: Guest, number: RequestNumber, request: ShelfDestroy
) -> list[Effect]:
    """Forget a shelf."""
    shelf = memory.shelf(request.shelf)
    check_token(request.owner_token, shelf.owner_hash)
    shelf.is_gone = True
    waiter = Waiter(guest, number, Done())
    memory.change(DropShelf(shelf, waiter), shelf, 0)
    return []
