/** What a relay and the roads to it do, in English; refusals are those of spec/wire.md §7. */
export const roads = {
  "way unreached": "Nobody answers there; the relay or this network may be down.",
  "way slow": "Nobody answered there in time.",
  "way stranger":
    "A website answered there, but its door for Linnet is not where the link says; ask for a new link.",
  "way unanswered":
    "The connection was closed before the relay had answered: something on the way cuts it, or what is there is not the relay that the link names.",
  "way cut": "The connection was cut; something on the way may be cutting it.",
  "way mute": "The relay did not answer in time on this road.",
  "way silent": "What was sent on this road does not arrive any more.",
  "way paced": "Linnet waits a little, so that its connections do not stand out.",
  "way forged":
    "What answered does not hold the relay's key, or something on the way changes what is sent; nothing in it was believed.",
  "way broken": "The relay does not do as it must; a new session follows.",
  "way ended": "The relay ended the session; a new one follows.",
  "way refused": "The relay opens no session.",
  "way roadless":
    "A page has no way to this relay: its link names only roads that browsers do not have, or that a page behind TLS may not take.",
  "way closed": "The connection was closed.",
  "road wss": "WebSocket over TLS",
  "road ws": "WebSocket",
  "road https": "HTTPS requests",
  "road http": "HTTP requests",
  tried: "By {road}: {reason}",
  trying: "Trying to reach the relay by {road}.",
  connected: "Connected to the relay by {road}.",
  waiting: "Linnet keeps trying; what waits to be sent is kept.",
  idle: "The connection to the relay is closed.",
  "not connected": "Not connected.",
  "refusal unknown": "The relay refused with the unknown code {code}.",
  "opening unknown": "The relay opens no session, and no reason is known.",
  odd: "What came from a relay or a member is not as it must be; nothing of it was believed. Linnet tries again.",
  unexpected:
    "Something unexpected happened ({kind} in {place}); please report it. What was stored is safe; this is tried again later.",
} as const;
