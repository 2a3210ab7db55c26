"""ejabberd and Prosody as contenders: started, put under the load, ended."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.figures import Figures, NotInstalled, NotMeasured, Shape
from bench.peers_load import bounded
from bench.peers_process import Process, fresh_folder
from bench.xmpp_client import Broken, Door
from bench.xmpp_load import idle_kib, measure
from bench.xmpp_servers import DEBIAN, MINIMAL, Open, Stage, ejabberd, prosody
from bench.xmpp_tls import certify

_EJABBERD = "/usr/sbin/ejabberdctl"
_PROSODY = "/usr/bin/prosody"


@dataclass(frozen=True, slots=True)
class XmppServer:
    """A server Debian packages, in one configuration."""

    name: str
    program: str
    run: Callable[[Stage], Open]

    def measure(self, shape: Shape) -> Figures:
        """Put the whole load on it; for idle users it is started anew.

        Raises:
            NotMeasured: it is missing, did not start, or lost something.
        """
        if not Path(self.program).exists():
            raise NotInstalled(f"not installed ({self.program} is missing)")
        try:
            with self._fresh(shape) as (process, door):
                idle = bounded(idle_kib(door, process, shape))
            with self._fresh(shape) as (process, door):
                return bounded(measure(door, process, shape, idle_kib=idle))
        except (Broken, OSError, TimeoutError) as failure:
            raise NotMeasured(str(failure) or "no answer in time") from failure

    @contextmanager
    def _fresh(self, shape: Shape) -> Iterator[tuple[Process, Door]]:
        with fresh_folder() as home:
            users = shape.users + shape.idle
            stage = Stage(home, shape.server_core, users, shape.tls)
            if stage.tls:
                certify(stage.pem)
            with self.run(stage) as opened:
                yield opened


SERVERS = (
    XmppServer("ejabberd, Debian's modules", _EJABBERD, ejabberd(DEBIAN)),
    XmppServer("ejabberd, minimal modules", _EJABBERD, ejabberd(MINIMAL)),
    XmppServer("Prosody, Debian's modules", _PROSODY, prosody),
)
