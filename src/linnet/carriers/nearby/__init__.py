"""Finding devices on the same network, and what they say to each other (bags.md §9)."""
