"""The road of names: a carrier made of questions to name servers (spec/dns.md)."""
