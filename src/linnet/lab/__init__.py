"""A network that can be censored, to prove the roads against (docs/lab.md)."""
