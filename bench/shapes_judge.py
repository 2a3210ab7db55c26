"""What others make of captured traffic: nDPI, tshark, and a classifier trained on it.

Runs in an environment of its own (requirements-shapes.lock), for what it needs is large
and Linnet has no use for it. `python -m bench.shapes_judge FOLDER`.
"""

import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any, Final

import numpy
from nfstream import NFStreamer
from sklearn.ensemble import RandomForestClassifier
from sklearn.metrics import roc_auc_score
from sklearn.model_selection import StratifiedKFold, cross_val_predict

BROWSER: Final = "browser"
SITE_PORT: Final = 443
KINDS: Final = ("size", "direction", "pause")
FIRST: Final = 20
"""Packets of which a classifier is shown each of these."""
FEWEST: Final = 10
"""Flows of a kind from which something can be learned."""
SEED: Final = 1
EACH: Final = [f"{what} of packet {at}" for what in KINDS for at in range(1, FIRST + 1)]
FEATURES: Final = [
    f"{way}_{what}"
    for way in ("bidirectional", "src2dst", "dst2src")
    for what in (
        *("packets", "bytes", "duration_ms", "min_ps", "mean_ps", "stddev_ps"),
        *("max_ps", "min_piat_ms", "mean_piat_ms", "stddev_piat_ms", "max_piat_ms"),
        *("ack_packets", "psh_packets", "rst_packets", "fin_packets"),
    )
]


def main(folder: Path) -> int:
    """Judge every capture of a folder beside the browser's."""
    flows = {file.stem: read(file) for file in sorted(folder.glob("*.pcap"))}
    held = failed = 0
    print(f"{'capture':12}{'flows':>7}  what nDPI calls them (nfstream)")
    for name, found in flows.items():
        called = Counter(flow.application_name for flow in found)
        shown = ", ".join(f"{app} {count}" for app, count in called.most_common())
        is_web = set(called) == {"TLS"}
        held, failed = held + is_web, failed + (not is_web)
        print(f"{name:12}{len(found):7}  {shown}")
    print(f"\n{'capture':12}  what tshark sees, by frames")
    for file in sorted(folder.glob("*.pcap")):
        print(f"{file.stem:12}  {protocols(file)}")
    print(f"\nA random forest, five folds, seed {SEED}; 0.5 is chance, 1 is certainty")
    print(f"{'browser against':18}{'AUC':>6}   what tells most")
    for name, found in flows.items():
        if name != BROWSER and min(len(found), len(flows[BROWSER])) < FEWEST:
            print(f"{name:18}     -   fewer than {FEWEST} flows")
        elif name != BROWSER:
            score, best = tell_apart(flows[BROWSER], found)
            print(f"{name:18}{score:6.3f}   {', '.join(best)}")
    print(f"{held} held, {failed} failed")
    return 1 if failed else 0


def read(file: Path) -> list[Any]:
    """The flows of a capture that go to the website; a browser has others too."""
    streamer = NFStreamer(
        source=str(file), statistical_analysis=True, splt_analysis=FIRST, n_meters=1
    )
    return [flow for flow in streamer if flow.dst_port == SITE_PORT]


def protocols(file: Path) -> str:
    """What tshark dissects, each protocol with how many frames have it."""
    asked = ["tshark", "-r", str(file), "-q", "-z", "io,phs"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    found = [line.split() for line in said.splitlines() if "frames:" in line]
    return ", ".join(
        f"{name} {count.removeprefix('frames:')}" for name, count, _ in found
    )


def features(flow: Any) -> list[float]:
    """What a censor could count of a flow."""
    whole = [float(getattr(flow, name)) for name in FEATURES]
    return [*whole, *flow.splt_ps, *flow.splt_direction, *flow.splt_piat_ms]


def tell_apart(browser: list[Any], ours: list[Any]) -> tuple[float, list[str]]:
    """How well flows are told apart that the forest was not trained on, and by what."""
    table = numpy.array([features(flow) for flow in [*browser, *ours]], dtype=float)
    is_ours = numpy.array([0] * len(browser) + [1] * len(ours))
    forest = RandomForestClassifier(
        n_estimators=300, class_weight="balanced", random_state=SEED
    )
    folds = StratifiedKFold(5, shuffle=True, random_state=SEED)
    chance = cross_val_predict(forest, table, is_ours, cv=folds, method="predict_proba")
    weights = forest.fit(table, is_ours).feature_importances_
    best = sorted(zip(weights, [*FEATURES, *EACH], strict=True), reverse=True)[:4]
    return float(roc_auc_score(is_ours, chance[:, 1])), [name for _, name in best]


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
