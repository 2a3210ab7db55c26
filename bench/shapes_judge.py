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
PORTS: Final = (443, 8443)
"""Of the website, and of the other server that its pages fetch from."""

KINDS: Final = ("size", "direction", "pause")
FIRST: Final = 20
"""Packets of which a classifier is shown each of these."""
FEWEST: Final = 10
"""Flows of a kind from which something can be learned."""

DRAWN: Final = 1_000
"""Times that flows are drawn anew, for how far chance alone moves a figure."""

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


ALL: Final = len(FEATURES) + len(EACH)
SHOWN: Final = {
    "everything": slice(0, ALL),
    "sums of the whole flow": slice(0, len(FEATURES)),
    f"its first {FIRST} packets": slice(len(FEATURES), ALL),
}
"""What a forest is shown: the first is the figure, the others say where it comes from.
"""


def main(folder: Path) -> int:
    """Judge every capture of a folder beside the browser's."""
    flows: dict[str, list[Any]] = {}
    frames: dict[str, Counter[str]] = {}
    for file in sorted(folder.glob("*.pcap")):
        name = file.stem.partition("-")[0]
        flows.setdefault(name, []).extend(read(file))
        frames.setdefault(name, Counter()).update(protocols(file))
    held = failed = 0
    print(f"{'capture':12}{'flows':>7}  what nDPI calls them (nfstream)")
    for name, found in flows.items():
        called = Counter(flow.application_name for flow in found)
        shown = ", ".join(f"{app} {count}" for app, count in called.most_common())
        if name != BROWSER:
            is_web = set(called) == {"TLS"}
            held, failed = held + is_web, failed + (not is_web)
        print(f"{name:12}{len(found):7}  {shown}")
    print(f"\n{'capture':12}  what tshark sees, by frames")
    for name, seen in frames.items():
        print(f"{name:12}  {', '.join(f'{what} {seen[what]}' for what in seen)}")
    print(f"\nA random forest, five folds, seed {SEED}; 0.5 is chance, 1 is certainty")
    for name, found in flows.items():
        if name != BROWSER:
            compare("all of the browser's", name, flows[BROWSER], found)
    print("\nThe same, each beside those alone that offer the same protocols (ALPN)")
    for name, found in flows.items():
        for offer in sorted({offered(flow) for flow in found} - {""}):
            if name != BROWSER:
                alike = [flow for flow in flows[BROWSER] if offered(flow) == offer]
                ours = [flow for flow in found if offered(flow) == offer]
                compare(f"those with {offer}", name, alike, ours)
    print(f"{held} held, {failed} failed")
    return 1 if failed else 0


def compare(beside: str, name: str, browser: list[Any], ours: list[Any]) -> None:
    """Print how well flows are told apart, within which limits of chance, by what."""
    said = f"{name:10} {len(ours):3} beside {len(browser):3}, {beside:22}"
    if min(len(ours), len(browser)) < FEWEST:
        print(f"{said}  fewer than {FEWEST} flows")
        return
    for what, columns in SHOWN.items():
        is_ours, chance, best = tell_apart(browser, ours, columns)
        score = roc_auc_score(is_ours, chance)
        low, high = spread(is_ours, chance)
        told = f"AUC {score:.3f} ({low:.3f} to {high:.3f})  {', '.join(best)}"
        print(f"{said} by {what:22}{told}")


def offered(flow: Any) -> str:
    """Which protocols a flow's ClientHello offers, by its JA4: h2, h1 or nothing."""
    return str(flow.client_fingerprint).partition("_")[0][8:]


def read(file: Path) -> list[Any]:
    """The flows of a capture that go to the website; a browser has others too."""
    streamer = NFStreamer(
        source=str(file), statistical_analysis=True, splt_analysis=FIRST, n_meters=1
    )
    return [flow for flow in streamer if flow.dst_port in PORTS]


def protocols(file: Path) -> Counter[str]:
    """What tshark dissects: of each protocol how many frames have it."""
    asked = ["tshark", "-r", str(file), "-q", "-z", "io,phs"]
    said = subprocess.run(asked, capture_output=True, text=True, check=False).stdout
    found = [line.split() for line in said.splitlines() if "frames:" in line]
    seen: Counter[str] = Counter()
    for name, count, _ in found:
        seen[name] += int(count.removeprefix("frames:"))
    return seen


def features(flow: Any) -> list[float]:
    """What a censor could count of a flow."""
    whole = [float(getattr(flow, name)) for name in FEATURES]
    return [*whole, *flow.splt_ps, *flow.splt_direction, *flow.splt_piat_ms]


def tell_apart(
    browser: list[Any], ours: list[Any], columns: slice
) -> tuple[Any, Any, list[str]]:
    """Which are ours, how sure of that a forest is of those not shown it, by what."""
    table = numpy.array([features(flow) for flow in [*browser, *ours]], dtype=float)
    table = table[:, columns]
    is_ours = numpy.array([0] * len(browser) + [1] * len(ours))
    forest = RandomForestClassifier(
        n_estimators=300, class_weight="balanced", random_state=SEED
    )
    folds = StratifiedKFold(5, shuffle=True, random_state=SEED)
    chance = cross_val_predict(forest, table, is_ours, cv=folds, method="predict_proba")
    weights = forest.fit(table, is_ours).feature_importances_
    names = [*FEATURES, *EACH][columns]
    best = sorted(zip(weights, names, strict=True), reverse=True)[:4]
    return is_ours, chance[:, 1], [name for _, name in best]


def spread(is_ours: Any, chance: Any) -> tuple[float, float]:
    """Within which the figure lies 95 times of 100 when the flows are drawn anew."""
    draw = numpy.random.default_rng(SEED)
    scores: list[float] = []
    while len(scores) < DRAWN:
        drawn = draw.integers(len(is_ours), size=len(is_ours))
        if 0 < is_ours[drawn].sum() < len(drawn):
            scores.append(float(roc_auc_score(is_ours[drawn], chance[drawn])))
    low, high = numpy.quantile(scores, [0.025, 0.975])
    return float(low), float(high)


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
