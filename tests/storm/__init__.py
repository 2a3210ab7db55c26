"""People who write while their processes and their relay are killed at random."""
