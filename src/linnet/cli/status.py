"""Verbs about the way to the relays: status and relays."""

from linnet.cli.call import Call, Verb, exit_of_status, trouble_of
from linnet.cli.exits import Exit
from linnet.cli.grammar import Form, Word
from linnet.cli.safe import safe_line, safe_name
from linnet.cli.shapes import plain
from linnet.client import LinkState, RelayStatus, Status


async def _status(call: Call) -> Exit:
    async with call.account() as me:
        status = await me.settle(timeout_seconds=call.wait_seconds)
        call.out.show(plain(status), status_lines(status))
        return exit_of_status(status)


def status_lines(status: Status) -> list[str]:
    """Return what is connected, by which road, what is queued and why."""
    lines = [f"{safe_name(status.name)} ({status.fingerprint}), in {status.home}"]
    lines += [_relay_line(relay) for relay in status.relays]
    if not status.relays:
        lines.append("no relay: linnet relays add PASS-LINK")
    lines.append(_queue_line(status))
    return lines


def _relay_line(relay: RelayStatus) -> str:
    state = relay.state.value
    if relay.state is LinkState.CONNECTED and relay.road:
        state += f" by {relay.road}"
    used = (
        f"{relay.conversations} conversation{'' if relay.conversations == 1 else 's'}"
    )
    if relay.queued:
        used += f", {relay.queued} waiting to be sent"
    mine = "" if relay.is_mine else " (of others)"
    trouble = trouble_of(relay)
    why = f". {safe_line(trouble)}" if trouble else ""
    return f"relay {relay.relay}{mine}: {state}; {used}{why}"


def _queue_line(status: Status) -> str:
    if not status.queued and not status.failed:
        return "nothing waits to be sent"
    parts = []
    if status.queued:
        parts.append(f"{status.queued} waiting to be sent")
    if status.failed:
        parts.append(f"{status.failed} failed (see `read`; send again with `retry`)")
    return "; ".join(parts)


async def _relays(call: Call) -> Exit:
    async with call.account() as me:
        status = await me.settle(timeout_seconds=call.wait_seconds)
        lines = [_relay_line(relay) for relay in status.relays]
        call.out.show(plain(status.relays), lines or ["No relay yet."])
        return exit_of_status(status)


async def _add(call: Call) -> Exit:
    async with call.account() as me:
        await me.add_relay(call.given.word("PASS-LINK").strip())
        status = await call.settle(me)
        lines = [_relay_line(relay) for relay in status.relays]
        call.out.show(plain(status.relays), ["Added. Your relays:", *lines])
        return exit_of_status(status)


VERBS = (
    Verb(
        Form(
            "status",
            "what is connected, what waits, and why",
            "linnet status",
            prints="a status",
        ),
        _status,
    ),
    Verb(
        Form(
            "relays",
            "the relays you use",
            "linnet relays",
            prints="a list of relays",
        ),
        _relays,
    ),
    Verb(
        Form(
            "relays add",
            "use a further relay",
            "linnet relays add linnet:...",
            (Word("PASS-LINK", "what whoever runs it gave you"),),
            prints="a list of relays",
        ),
        _add,
    ),
)
