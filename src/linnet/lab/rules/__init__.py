"""Published ways of blocking, one a file: the scenarios of docs/lab.md."""
