"""What the client decides, without I/O: conversations, the outbox, identities."""
