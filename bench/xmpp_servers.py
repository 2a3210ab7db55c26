"""ejabberd and Prosody, configured for a measurement: on the loopback, without limits.

The modules are Debian's. What is left out of Debian's configurations is what would stop
the load (rate limits, the ceiling of stored messages), and listeners nobody uses here.
"""

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from pathlib import Path

from bench.peers_process import Process, free_port, listening, running
from bench.xmpp_client import PASSWORD, Door
from bench.xmpp_tls import trusting

DEBIAN = """
adhoc admin_extra announce avatar blocking bosh caps carboncopy client_state configure
disco fail2ban http_api last mqtt muc muc_admin offline ping pres_counter privacy
private pubsub push push_keepalive roster s2s_dialback shared_roster sic stream_mgmt
stun_disco vcard vcard_xupdate version
"""
MINIMAL = "offline"

_EJABBERD = """\
loglevel: error
log_rotate_count: 0
hosts: [localhost]
disable_sasl_mechanisms: [digest-md5, X-OAUTH2]
auth_password_format: plain
listen:
  - {{port: {port}, ip: "127.0.0.1", module: ejabberd_c2s, max_stanza_size: 262144,
     access: all, shaper: none, backlog: 1024, tls: {tls}}}
{certificates}
shaper_rules:
  stored_messages: {{infinity: all}}
modules:
{modules}
"""
_EJABBERD_OPTIONS = {
    "offline": "{access_max_user_messages: stored_messages}",
    "pubsub": "{plugins: [flat, pep]}",
    "roster": "{versioning: true}",
    "stream_mgmt": "{resend_on_timeout: if_offline}",
    "vcard": "{search: false}",
}

_PROSODY = """\
run_as_root = true
daemonize = false
pidfile = "{home}/prosody.pid"
data_path = "{home}"
modules_enabled = {{ "disco"; "roster"; "saslauth"; "blocklist"; "bookmarks"; "carbons";
  "pep"; "private"; "smacks"; "vcard4"; "vcard_legacy"; "csi_simple"; "invites";
  "invites_adhoc"; "invites_register"; "ping"; "register"; "time"; "uptime"; "version";
  "admin_adhoc"; "posix" }}
modules_disabled = {{ {disabled} }}
interfaces = {{ "127.0.0.1" }}
{kind} = {{ {port} }}
{certificates}
c2s_require_encryption = false
allow_unencrypted_plain_auth = true
authentication = "internal_plain"
storage = "internal"
log = {{ error = "*console" }}
VirtualHost "localhost"
"""


@dataclass(frozen=True, slots=True)
class Stage:
    """What a server is run on; its users are called 0, 1 and so on."""

    home: Path
    core: int
    users: int
    tls: bool

    @property
    def pem(self) -> Path:
        """Where its certificate and key are, if it is to speak TLS."""
        return self.home / "certificate.pem"

    def door(self, port: int) -> Door:
        """Where the clients go."""
        return Door(port, trusting(self.pem) if self.tls else None)


Open = AbstractContextManager[tuple[Process, Door]]


def ejabberd(modules: str) -> Callable[[Stage], Open]:
    """ejabberd with these modules, as something that can be run."""

    @contextmanager
    def run(stage: Stage) -> Iterator[tuple[Process, Door]]:
        port, home = free_port(), stage.home
        (home / "ejabberd.yml").write_text(_ejabberd_config(stage, port, modules))
        ready = home / "ready"
        # No -name: without distribution nothing outside the process is started.
        register = (
            "{ok, _} = application:ensure_all_started(ejabberd), "
            "[ok = ejabberd_auth:try_register("
            f'integer_to_binary(N), <<"localhost">>, <<"{PASSWORD}">>) || '
            f"N <- lists:seq(0, {stage.users - 1})], "
            f'ok = file:write_file("{ready}", <<>>).'
        )
        command = ["/usr/bin/erl", "+K", "true", "+P", "250000", "-noinput"]
        command += ["-mnesia", "dir", f'"{home}/mnesia"', "-eval", register]
        env = {
            "EJABBERD_CONFIG_PATH": str(home / "ejabberd.yml"),
            "EJABBERD_LOG_PATH": str(home / "ejabberd.log"),
            "ERL_CRASH_DUMP_BYTES": "0",
            "ERL_LIBS": ":".join(str(place) for place in _erlang_libraries()),
        }
        with running(
            command, core=stage.core, ready=ready.exists, home=home, env=env
        ) as process:
            yield process, stage.door(port)

    return run


def _ejabberd_config(stage: Stage, port: int, modules: str) -> str:
    lines = [
        f"  mod_{name}: {_EJABBERD_OPTIONS.get(name, '{}')}" for name in modules.split()
    ]
    return _EJABBERD.format(
        port=port,
        tls=str(stage.tls).lower(),
        certificates=f"certfiles: [{stage.pem}]" if stage.tls else "",
        modules="\n".join(lines),
    )


def _erlang_libraries() -> list[Path]:
    """Where Debian keeps ejabberd and what it needs."""
    return sorted({found.parent for found in Path("/usr/lib").glob("*/ejabberd-*")})


@contextmanager
def prosody(stage: Stage) -> Iterator[tuple[Process, Door]]:
    """Run Prosody with Debian's modules."""
    port, home = free_port(), stage.home
    config = home / "prosody.cfg.lua"
    config.write_text(_prosody_config(stage, port))
    accounts = home / "localhost" / "accounts"
    accounts.mkdir(parents=True)
    for number in range(stage.users):
        (accounts / f"{number}.dat").write_text(
            f'return {{ ["password"] = "{PASSWORD}"; }};\n'
        )
    command = ["/usr/bin/prosody", "-F", "--config", str(config)]
    with running(
        command, core=stage.core, ready=lambda: listening(port), home=home, env={}
    ) as process:
        yield process, stage.door(port)


def _prosody_config(stage: Stage, port: int) -> str:
    pem = stage.pem
    certificates = (
        f'ssl = {{ certificate = "{pem}"; key = "{pem}" }}\nc2s_ports = {{ }}'
    )
    return _PROSODY.format(
        home=stage.home,
        port=port,
        kind="c2s_direct_tls_ports" if stage.tls else "c2s_ports",
        certificates=certificates if stage.tls else "",
        disabled='"s2s"' if stage.tls else '"s2s"; "tls"',
    )
