"""The proxy: a door to relays behind an ordinary website (spec/carriers.md)."""
