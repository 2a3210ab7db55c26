"""Dave, whom Alice invites; what comes to him is what a test bends."""

from kit.insider import Forged, forge
from kit.people import trusting
from kit.scenes import scene
from kit.welcomes import WelcomeBend, welcome_to
from mls import (
    Add,
    Group,
    JoinOptions,
    OwnKeyPackage,
    Psks,
    Settings,
)

SETTINGS = Settings(authenticate=trusting)
UNBENT = WelcomeBend()
DAVE = scene().people.package("dave")


def added(package: OwnKeyPackage = DAVE) -> Forged:
    return forge(scene().alice, [Add(package.public)])


def join(
    bend: WelcomeBend = UNBENT,
    *,
    package: OwnKeyPackage = DAVE,
    forged: Forged | None = None,
    psks: Psks | None = None,
    tree: bytes | None = None,
    settings: Settings = SETTINGS,
) -> Group:
    welcome = welcome_to(forged or added(package), package, bend)
    options = JoinOptions(ratchet_tree=tree, psks=psks or {})
    return Group.join(welcome, [package], settings=settings, options=options)
