"""The numbers of the race and what it says; their reasons are in spec/carriers.md."""

from typing import Final

NEVER: Final = float("inf")
DOUBLINGS: Final = 10

STAGGER_SECONDS: Final = 0.3
"""Between the first dial of a round and the next; then twice as long each time."""

TRUSTED_STAGGER_SECONDS: Final = 1.0
"""The same where the first way is the one that won last."""

LONGEST_STAGGER_SECONDS: Final = 2.4

GREETING_SECONDS: Final = 1.5
"""What a road that greets gets before another is dialled."""

DIAL_SECONDS: Final = 15.0
"""How long a dial may take."""

ANSWER_SECONDS: Final = 5.0
"""How long a hello may go unanswered while others wait; twice that in each round."""

LONGEST_ANSWER_SECONDS: Final = 20.0
"""The most of that, and what the last road of a round has."""

DOUBT_SECONDS: Final = 2.5
"""How long what was sent may go unconfirmed before another road is opened; a relay
that is well confirms within 1.5 and the way there and back."""

STALL_SECONDS: Final = 5.0
"""How long before the session leaves; twice that after each time in vain."""

LONGEST_STALL_SECONDS: Final = 40.0

FROZEN_BEFORE_BURSTS: Final = 2
"""Roads in a row that let a little through and stall, until the next means bursts."""

CALM_SECONDS: Final = 60.0
"""A road that served so long makes the patience with stalls short again."""

STANDBY_SECONDS: Final = 15.0
"""How long a carrier is kept open with nothing said; a relay closes it after 20."""

PROVEN_SECONDS: Final = 10.0
"""A road that won and lasted so long is no failure when it ends."""

FIRST_SEARCH_SECONDS: Final = 60.0
"""How long a slow road serves before what is quicker is tried; then twice as long."""

LONGEST_SEARCH_SECONDS: Final = 1_800.0

FIRST_WAIT: Final = 0.5
"""The rest after a round that failed; twice as long each time."""

LONGEST_WAIT: Final = 60.0

OUTAGE_WAIT: Final = 8.0
"""The most where nothing opened at all, until it has been so for ten minutes."""

OUTAGE_SHARE: Final = 75.0
"""After that the rest is at most this part of the outage."""

NO_ADDRESS: Final = "The relay has no address."
SLOW_UNDER_WAY: Final = "A slow road is being tried; that can take a minute."
NOT_IN_TIME: Final = "Nobody answered there in time."
SILENT: Final = "The relay did not answer in time on this road."
STALLED: Final = "What was sent on this road does not arrive any more."
PACED: Final = "Linnet waits a little, so that its connections do not stand out."
NEW_NETWORK: Final = "This machine is on another network now."
