"""Real programs past the censor, in namespaces that are gone afterwards."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from tempfile import gettempdir

import pytest

from linnet.errors import LocalError
from linnet.lab.places import CENSOR, NAMES
from linnet.lab.real import bites, deliveries, namespaces
from linnet.lab.real.clients import clients
from linnet.lab.real.network import Network, network
from linnet.lab.real.world import AUTHORITY, PAGE

MISSING = namespaces.missing()
pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(bool(MISSING), reason=f"{MISSING} It is not on this machine."),
]


@pytest.fixture(scope="module")
def lab() -> Iterator[Network]:
    with network() as built:
        yield built


def test_a_root_whom_the_machine_lets_make_nothing_is_told_so() -> None:
    apart = ["unshare", "--user", "--map-root-user"]
    if subprocess.run([*apart, "true"], capture_output=True, check=False).returncode:
        pytest.skip("Users may not be told apart here.")
    asked = "from linnet.lab.real.namespaces import missing; print(missing())"
    done = subprocess.run(
        [*apart, sys.executable, "-c", asked],
        capture_output=True,
        text=True,
        check=True,
    )

    assert "even root may not" in done.stdout


def test_a_page_comes_whole_where_nobody_censors(lab: Network) -> None:
    lab.set_censor()

    assert asks(lab, "site.example") == (0, len(PAGE))


def test_a_blocked_network_is_out_of_reach_of_a_real_program(lab: Network) -> None:
    lab.set_censor("S1")

    assert asks(lab, "site.example", seconds=4) == (28, 0)
    assert asks(lab, "inside.example") == (0, len(PAGE))
    assert {one.rule for one in lab.verdicts()} == {"S1"}


def test_a_blocked_name_is_out_of_reach_and_another_there_is_not(lab: Network) -> None:
    lab.set_censor("S2 SNI-IV")

    assert asks(lab, "blocked.example", seconds=4) == (28, 0)
    assert asks(lab, "site.example") == (0, len(PAGE))


def test_a_block_can_begin_in_the_middle_of_a_conversation(lab: Network) -> None:
    lab.set_censor()
    words = ["linnet.lab.real.plain", "wss://site.example/chat", str(lab.folder)]
    command = [sys.executable, "-m", *words]
    talk = lab.start(lab.names.client, *command, is_told=True)
    talk.tell("before")
    lab.await_word(talk, "before")

    lab.set_censor("S1")
    talk.tell("after")

    assert talk.wait(3).said == "before\n"


def test_a_real_server_is_probed_from_the_censors_own_address(lab: Network) -> None:
    lab.set_censor("S7")
    place = [str(NAMES["abroad.example"]), "9000"]
    server = lab.start(lab.names.world, sys.executable, "-uc", SERVER, *place)
    lab.await_word(server, "ready")

    lab.run(lab.names.client, sys.executable, "-c", SAY, *place, seconds=5)

    lab.await_word(server, f"{CENSOR} said")


def test_pythons_own_tls_is_stopped_by_its_fingerprint_alone(lab: Network) -> None:
    for scenario, must_pass in (("S10", False), ("S9", True)):
        row = bites.Row(scenario, "Python's TLS", "inside.example", must_pass)
        assert bites.fill(row, lab, seed=1).holds


def test_what_was_open_before_a_trial_is_cut_off(lab: Network) -> None:
    lab.set_censor()
    words = ["linnet.lab.real.plain", "wss://site.example/chat", str(lab.folder)]
    command = [sys.executable, "-m", *words]
    talk = lab.start(lab.names.client, *command, is_told=True)
    talk.tell("before")
    lab.await_word(talk, "before")

    lab.set_censor(cuts=True)
    talk.tell("after")

    assert talk.wait(3).said == "before\n"
    assert asks(lab, "site.example") == (0, len(PAGE))


def test_the_box_counts_what_a_program_sends_and_is_brought(lab: Network) -> None:
    lab.set_censor(cuts=True)
    lab.passed()

    assert asks(lab, "site.example") == (0, len(PAGE))

    passed = lab.passed()
    assert passed.connections == 1
    assert len(PAGE) < passed.octets < 2 * len(PAGE)
    assert lab.passed().octets < len(PAGE)


def test_a_program_that_another_began_is_ended_with_its_trial(lab: Network) -> None:
    begun = "import subprocess as s; s.Popen(['sleep', '600'], start_new_session=True)"
    with lab.trial():
        lab.run(lab.names.client, sys.executable, "-c", begun, seconds=20)
        assert programs(lab) != []

    assert programs(lab) == []


def test_linnet_leaves_a_hoster_that_is_blocked_and_loses_nothing(lab: Network) -> None:
    with clients() as kinds:
        row = deliveries.Row("S1", "Linnet", kinds["Linnet"].addresses)
        filled = deliveries.Trials(kinds, patience=100).fill(row, lab)

    assert has_delivered(filled.start)
    assert has_delivered(filled.middle)


def test_words_get_out_where_nothing_passes_but_names(lab: Network) -> None:
    with clients() as kinds:
        name = "Linnet, by names"
        row = deliveries.Row("S16", name, kinds[name].addresses)
        filled = deliveries.Trials(kinds).fill(row, lab)

    assert has_delivered(filled.start)
    assert has_delivered(filled.middle)


def test_what_a_killed_lab_leaves_is_swept_by_the_next() -> None:
    driver = subprocess.Popen([sys.executable, "-c", LAB], stdout=subprocess.PIPE)
    assert driver.stdout is not None
    names = driver.stdout.readline().decode().split()
    assert len(names) == 3
    os.kill(driver.pid, signal.SIGKILL)
    driver.wait()
    driver.stdout.close()
    assert all((namespaces.RUNNING / name).exists() for name in names)

    namespaces.sweep()

    assert left(f"linnet-lab-{driver.pid}-") == []


def test_a_lab_whose_censor_fails_says_so_instead_of_going_on() -> None:
    with network() as built:
        with pytest.raises(LocalError):
            built.set_censor("no such scenario")

        with pytest.raises(LocalError):
            built.set_censor("S0")


def test_nothing_is_left_of_a_lab_that_ended_as_it_should() -> None:
    with network() as built:
        first = built.names.client.removesuffix("client")
        assert len(left(first)) == 6

    assert left(first) == []


SERVER = """import socket, sys
listener = socket.create_server((sys.argv[1], int(sys.argv[2])))
print("ready")
while True:
    road, (host, _) = listener.accept()
    print(host, "said", len(road.recv(1000)))
    road.close()
"""
SAY = """import os, socket, sys
with socket.create_connection((sys.argv[1], int(sys.argv[2]))) as road:
    road.sendall(os.urandom(402))
    road.recv(1)
"""
LAB = """import time
from linnet.lab.real.network import network
with network() as built:
    print(*built.names, flush=True)
    time.sleep(60)
"""


def has_delivered(part: deliveries.Part) -> bool:
    """Whether all came once, though a rule acted."""
    return part.acts > 0 and part.lost == 0 and None not in part.took


def programs(lab: Network) -> list[str]:
    """The numbers of what runs in the client's namespace."""
    asked = ["ip", "netns", "pids", lab.names.client]
    done = subprocess.run(asked, capture_output=True, text=True, check=True)
    return done.stdout.split()


def left(first: str) -> list[str]:
    """What there is on this machine whose name begins so."""
    folders = (namespaces.RUNNING, namespaces.FILES, Path(gettempdir()))
    return [str(one) for folder in folders for one in folder.glob(f"{first}*")]


def asks(lab: Network, name: str, seconds: int = 20) -> tuple[int | None, int]:
    """Have curl fetch a page: its status, and how many octets came."""
    words = ["-sS", "-m", str(seconds), "--cacert", str(lab.folder / AUTHORITY)]
    page = lab.folder / "page"
    page.write_bytes(b"")
    url = f"https://{name}/"
    done = lab.run(lab.names.client, "curl", *words, "-o", str(page), url, seconds=30)
    return done.code, page.stat().st_size
