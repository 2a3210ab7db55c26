"""Private messages and calls that keep getting through."""

__version__ = "0.1.0"
