"""A file that crosses road after road while each is killed under it."""
