"""Publishing roads: what the signers of a manifest do (spec/manifest.md)."""
