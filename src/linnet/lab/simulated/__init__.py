"""The lab in virtual time: hosts, lines and TCP of its own, under real asyncio code."""
