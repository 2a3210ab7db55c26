"""Plug-ins: programs of others that carry bytes (spec/carriers.md §14)."""
