"""Where a relay's streams rest: the port, and the stores that fit it."""
