"""`make run`: a relay that serves the page, and two people in terminals on it.

`make run ARGS=--scripted` lets them do it by themselves, and ends with what held.
"""

import argparse
import os
import signal
import sys
import time
import webbrowser
from pathlib import Path

import panes
import web
from demo import Demo, Trouble, connect
from story import Story

ROOT = Path(__file__).resolve().parent.parent
FOLDER = ROOT / ".run"


def main() -> int:
    parser = argparse.ArgumentParser(prog="make run", description=__doc__)
    parser.add_argument("--scripted", action="store_true", help="no person needed")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to keep it")
    words = parser.parse_args()
    folder = words.folder.absolute()
    os.chdir(ROOT)
    # Whoever ends us by a signal ends the relay with us.
    signal.signal(signal.SIGTERM, _stop)
    signal.signal(signal.SIGHUP, _stop)
    return scripted(folder) if words.scripted else interactive(folder)


def _stop(number: int, _frame: object) -> None:
    raise KeyboardInterrupt(number)


def interactive(folder: Path) -> int:
    demo, held = Demo(folder), 0
    try:
        demo.claim()
        no_page = build_page()
        page = f"http://127.0.0.1:{demo.start_relay()}/"
        print(f"A relay runs at {page}; it keeps what it has in .run.")
        held += 1
        make_people(demo)
        held += 2
        if no_page:
            print(f"There is no page for browsers: {no_page}.")
        else:
            show_page(page)
        let_them_talk(demo, "" if no_page else page)
        held += 1
    except Trouble as trouble:
        print(f"{trouble}\n{held} held, 1 failed")
        return 1
    except KeyboardInterrupt:
        print()
    finally:
        demo.stop_relay()
    print("The relay is stopped; `make run` goes on where this ended.")
    print(f"{held} held, 0 failed")
    return 0


def make_people(demo: Demo) -> None:
    """Make Alice and Bob and let them meet, unless an earlier run did."""
    made = demo.folder / "made"
    for name, other in (("alice", "Bob"), ("bob", "Alice")):
        demo.write_script(name, other)
    if made.exists():
        print("Alice and Bob are as they were.")
        return
    demo.forget_people()
    for name in ("alice", "bob"):
        demo.must(name, "init", name.capitalize(), "--relay", demo.pass_link())
    connect(demo, "bob", "alice")
    made.touch()
    print("Alice and Bob have accounts and know each other.")


def build_page() -> str:
    """Build the page unless that was done; "" when it is there, else why it is not."""
    if why := web.missing():
        return f"{why}, which builds it"
    return "it could not be built (see above)" if web.run("build") else ""


def show_page(page: str) -> None:
    """Open the page where a person can see it, and say what to do there."""
    can_see = panes.is_a_person() and bool(
        sys.platform == "darwin"
        or os.environ.get("DISPLAY")
        or os.environ.get("WAYLAND_DISPLAY")
    )
    opened = can_see and webbrowser.open(page)
    print(
        f"{'Your browser shows' if opened else 'Open'} {page} : type a name, take your "
        "invite link, and open it in a second (private) window to talk to yourself.",
        flush=True,
    )


def let_them_talk(demo: Demo, page: str) -> None:
    """Show both side by side, or say how to; until the person has seen enough."""
    alice, bob = demo.script("alice"), demo.script("bob")
    if panes.can_show() and panes.show(alice, bob, page):
        return
    print(
        f"Open two more terminals here: run {alice} in one and {bob} in the other, and "
        "type. Ctrl-C here ends it.",
        flush=True,
    )
    try:
        while demo.relay_is_up:
            time.sleep(0.2)
    except KeyboardInterrupt:
        print()
        return
    raise Trouble("The relay has ended by itself; .run/relay.log says why.")


def scripted(folder: Path) -> int:
    """Tell the whole story in a folder of its own, from nothing."""
    demo = Demo(folder / "scripted")
    story = Story(demo)
    try:
        demo.claim()
        demo.forget_everything()
        no_page = build_page()
        story.tell(no_page)
    except Trouble as trouble:
        story.fail(str(trouble))
    except KeyboardInterrupt:
        story.fail("interrupted")
    finally:
        story.close()
        demo.stop_relay()
    print(f"{story.held} held, {story.failed} failed")
    return 1 if story.failed or not story.held else 0


if __name__ == "__main__":
    sys.exit(main())
