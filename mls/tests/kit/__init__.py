"""What the proofs share: people, a world they live in, and an insider who cheats."""
