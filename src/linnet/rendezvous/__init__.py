"""Handing out roads along the invite tree, in small groups (docs/rendezvous.md)."""
