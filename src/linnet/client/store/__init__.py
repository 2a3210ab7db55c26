"""What an account remembers: one encrypted SQLite file in its home."""
