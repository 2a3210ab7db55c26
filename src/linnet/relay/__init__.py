"""The blind store: streams, shelves and blobs it cannot read (spec/wire.md)."""
