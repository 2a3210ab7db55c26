"""vectors/releases.json is what its generator writes, and the code agrees with it."""

import json
from typing import Any

import pytest

from linnet.errors import Forged, Malformed
from linnet.web.release import read_release
from vectors import releases

Row = dict[str, Any]  # one row of the file, as JSON gives it
VECTORS = json.loads(releases.TARGET.read_text())
ERRORS = {"Forged": Forged, "Malformed": Malformed}


def test_the_file_is_what_the_generator_writes() -> None:
    assert releases.build() == VECTORS


@pytest.mark.parametrize("row", VECTORS, ids=lambda row: row["name"])
def test_a_release_is_taken_or_refused(row: Row) -> None:
    manifest, signature = (bytes.fromhex(row[it]) for it in ("manifest", "signature"))
    if row["error"]:
        with pytest.raises(ERRORS[row["error"]]):
            read_release(manifest, signature)
        return
    assert read_release(manifest, signature).digest.hex() == row["code_hash"]
