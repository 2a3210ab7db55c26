"""Runs one command: understands the line, calls the verb, turns errors to sentences.

The net at the end lets no traceback through: what is no error of ours is a bug, and the
person is told how to report it.
"""

import asyncio
import errno
import logging
import os
import signal
import sys
import traceback
from collections.abc import Sequence
from pathlib import Path

from linnet import __version__
from linnet.cli.call import Call, default_home
from linnet.cli.exits import Exit, exit_of, kind_of
from linnet.cli.grammar import Given
from linnet.cli.output import Output, standard_output
from linnet.cli.parse import Parsed, parse
from linnet.cli.table import FAMILIES, VERBS
from linnet.cli.usage import explanation, family, overview
from linnet.errors import LinnetError, StorageError, UsageError

_FORMS = [verb.form for verb in VERBS.values()]
_BUG = (
    "Something happened in Linnet that must not. What was stored before is kept. "
    "Please report it, with what the same command prints with --debug: that holds no "
    "message, name, address or key."
)


def main(line: Sequence[str]) -> int:
    """Run a command line and return its exit code."""
    out = standard_output(as_json="--json" in line)
    is_debug = "--debug" in line
    try:
        return _run(line, out)
    except BaseException as error:  # the last net
        return _ended(_lone(error), out, is_debug=is_debug)


def _run(line: Sequence[str], out: Output) -> int:
    parsed = parse(line, _FORMS)
    given = parsed.given
    if given.has("--version"):
        out.show({"version": __version__}, [f"linnet {__version__}"])
        return Exit.OK
    if parsed.form is None or given.has("--help"):
        return _help(parsed, out)
    if given.has("--debug"):
        logging.basicConfig(level=logging.DEBUG, stream=sys.stderr)
    else:
        # What matters is said in the status, in a sentence; logs are for --debug.
        logging.getLogger().addHandler(logging.NullHandler())
    call = Call(given, out, _home(given))
    # Said before anything is opened, rather than after something was done.
    _ = call.wait_seconds
    result = asyncio.run(_until_stopped(call, parsed.form.name))
    out.out.flush()
    return result


def _home(given: Given) -> Path:
    named = given.option("--home")
    if named is None:
        return default_home()
    if not named:
        raise UsageError("--home needs the name of a folder.")
    return Path(named).expanduser()


async def _until_stopped(call: Call, name: str) -> Exit:
    """Run a verb; a request to end cancels it, so that everything closes in order."""
    task = asyncio.current_task()
    is_stopped = False

    def stop() -> None:
        nonlocal is_stopped
        is_stopped = True
        if task is not None:
            task.cancel()

    if sys.platform != "win32":
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGHUP):
            # Under nohup the terminal's end is not ours to notice.
            if signal.getsignal(number) is not signal.SIG_IGN:
                loop.add_signal_handler(number, stop)
    try:
        return await VERBS[name].run(call)
    except asyncio.CancelledError:
        if is_stopped:
            return Exit.TERMINATED
        raise


def _help(parsed: Parsed, out: Output) -> int:
    name = parsed.given.word("VERB")
    if parsed.form is not None:
        text = explanation(parsed.form)
    elif name:
        text = family(name, _FORMS)
    else:
        text = overview({t: [v.form for v in vs] for t, vs in FAMILIES.items()})
    is_asked = parsed.given.has("--help")
    out.show({"help": text}, text.rstrip("\n").split("\n"))
    return Exit.OK if is_asked or parsed.form or not name else Exit.USAGE


def _lone(error: BaseException) -> BaseException:
    """Return the error inside the groups that tasks wrap around one."""
    while isinstance(error, BaseExceptionGroup):
        inside = [_lone(one) for one in error.exceptions]
        known = [e for e in inside if isinstance(e, LinnetError | KeyboardInterrupt)]
        error = (known or inside)[0]
    return error


def _ended(error: BaseException, out: Output, *, is_debug: bool) -> int:
    """Say why a command ended, in a sentence, and return its exit code."""
    if is_debug and not isinstance(error, SystemExit):
        _print_frames(error)
    match error:
        case KeyboardInterrupt() | asyncio.CancelledError():
            return _quietly(out, Exit.INTERRUPTED)
        case BrokenPipeError():
            return _quietly(out, Exit.PIPE_CLOSED)
        case LinnetError() if exit_of(error) is not Exit.BUG:
            return _say(out, kind_of(error), str(error), exit_of(error))
        case OSError() if error.errno is not None:
            said = _of_the_machine(error)
            return _say(out, "storage", str(said), exit_of(said))
        case MemoryError():
            return _say(out, "storage", "This machine is out of memory.", Exit.STORAGE)
        case _:
            return _say(out, "bug", f"{_BUG} ({type(error).__name__})", Exit.BUG)


def _of_the_machine(error: OSError) -> StorageError:
    """Turn what the operating system said into a sentence."""
    sentences = {
        errno.ENOSPC: "The disk is full. What was stored before is kept.",
        errno.EDQUOT: "Your share of the disk is full. What was stored before is kept.",
        errno.EROFS: "The disk is read-only. What was stored before is kept.",
    }
    said = sentences.get(error.errno or 0, f"The machine refused: {error.strerror}.")
    return StorageError(said)


def _say(out: Output, kind: str, sentence: str, code: Exit) -> int:
    try:
        if out.as_json:
            out.document({"error": kind, "sentence": sentence, "exit": int(code)})
        out.aside(f"linnet: {sentence}")
    except OSError:
        return _quietly(out, code)
    return code


def _quietly(out: Output, code: Exit) -> int:
    """End without a word, also when the interpreter flushes the streams."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (out.out, out.err):
        try:
            os.dup2(nowhere, stream.fileno())
        except (OSError, ValueError):
            continue
    return code


def _print_frames(error: BaseException) -> None:
    """Print where an error happened, without its text, which could hold something."""
    for frame in traceback.extract_tb(error.__traceback__):
        sys.stderr.write(f"  {frame.filename}:{frame.lineno} in {frame.name}\n")
    sys.stderr.write(f"{type(error).__name__}\n")
