"""Byte roads to a relay, one trick per file (spec/session.md §8)."""
