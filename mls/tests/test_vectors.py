"""The official vectors of the MLS working group, and those of draft-ietf-hpke-pq."""

import os

import pytest
from official_vectors import CATEGORIES, cases, folder


@pytest.mark.parametrize("category", CATEGORIES)
def test_every_official_vector_holds(category: str) -> None:
    if not folder().is_dir():
        if os.environ.get("CI") == "true":
            pytest.fail(f"the official vectors are not at {folder()}")
        pytest.skip(f"the official vectors are not at {folder()}; set LINNET_SHARED")

    found = list(cases(category))

    assert found
    for case in found:
        CATEGORIES[category](case)
