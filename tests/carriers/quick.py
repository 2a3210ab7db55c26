"""`linnet`, as it would be if drops were as quick as this machine."""

import sys

import linnet.relay.drops
from linnet.__main__ import main
from tests.carriers.real_drops import QUICK

if __name__ == "__main__":
    vars(linnet.relay.drops).update(FOLDER_PACE=QUICK, MAIL_PACE=QUICK)
    sys.exit(main())
