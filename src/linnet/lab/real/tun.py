"""TUN devices: an end of a line whose packets a process reads and writes whole.

No offload can hide packets here: a TUN device without a header of its own is given
each packet as it would go on a wire, with all checksums.
"""

import fcntl
import os
import struct
from collections.abc import Sequence
from ipaddress import IPv4Address
from typing import Final

from linnet.lab.real.namespaces import TUN, enter, ip

DEVICE: Final = "line"
LARGEST: Final = 1_500
"""Octets of the largest packet (Ethernet's MTU)."""
_SETIFF: Final = 0x4004_54CA
_TUN, _NO_HEADER = 0x0001, 0x1000


def open_tun(namespace: str, hosts: Sequence[IPv4Address]) -> int:
    """Make the device of a namespace, with addresses of its own; return its file.

    All that the namespace does not know itself leaves through it. This thread stays
    in the namespace. The device is gone when the file is closed.

    Raises:
        LocalError: the system does not let this process.
    """
    enter(namespace)
    file = os.open(TUN, os.O_RDWR | os.O_NONBLOCK | os.O_CLOEXEC)
    asked = struct.pack("16sH22x", DEVICE.encode(), _TUN | _NO_HEADER)
    fcntl.ioctl(file, _SETIFF, asked)
    for host in hosts:
        ip("-n", namespace, "address", "add", f"{host}/32", "dev", DEVICE)
    # IPv6 stays off: the lab speaks IPv4 alone.
    ip("-n", namespace, "link", "set", DEVICE, "addrgenmode", "none")
    ip("-n", namespace, "link", "set", DEVICE, "mtu", str(LARGEST), "up")
    source = ("src", str(hosts[0]))
    ip("-n", namespace, "route", "add", "default", "dev", DEVICE, *source)
    return file
