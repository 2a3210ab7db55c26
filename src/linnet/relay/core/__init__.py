"""What the relay decides, without I/O: streams, fences, capabilities, limits."""
