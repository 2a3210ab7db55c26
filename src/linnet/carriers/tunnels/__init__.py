"""What a connection can go through on its way: one trick a file (spec/carriers.md)."""
