"""Lists of server names, as censors keep them."""

from collections.abc import Collection


def is_listed(name: str, listed: Collection[str]) -> bool:
    """Whether a list holds a name or one above it; `*.name` is only what is below."""
    if name in listed:
        return True
    above = name
    while above := above.partition(".")[2]:
        if above in listed or f"*.{above}" in listed:
            return True
    return False
