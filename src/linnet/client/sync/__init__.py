"""Carries out what the machines of a client want: links, streams, files, time."""
