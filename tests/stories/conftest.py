"""Stories open many homes; their passphrases are stretched less than people's."""

import pytest

from linnet.client.store import vault


@pytest.fixture(autouse=True)
def quick_vaults(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vault, "MEMORY_KIB", 1024)
    monkeypatch.setattr(vault, "PASSES", 1)
