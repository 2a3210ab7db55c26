"""The command line: a file per group of verbs; all it can do, `linnet.client` can."""
