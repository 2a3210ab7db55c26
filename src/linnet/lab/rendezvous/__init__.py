"""How proxies are handed out while some of the people inform (docs/rendezvous.md)."""
