"""The real form of the lab: real programs in network namespaces, past the censor."""
