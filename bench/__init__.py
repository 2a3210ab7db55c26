"""Measurements: each prints its figures; nothing imports this package."""
