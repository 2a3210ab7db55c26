"""What client and relay say to each other: pure, no I/O (spec/session, spec/wire)."""
