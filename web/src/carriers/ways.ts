/** Which ways a page has to a relay, best first (spec/session.md §8). */
import { equal } from "../bytes.ts";
import type { Address, RelayDescriptor } from "../wire/links.ts";
import { Road } from "../wire/tables.ts";
import type { Way } from "./carrier.ts";

/** What tells ways apart. */
export function keyOf({ by, address }: Way): string {
  return [by, address.road, address.host, address.port, address.path].join(" ");
}

/** The name that an onlooker reads in TLS; "" where there is none. */
export function nameOf({ address }: Way): string {
  return address.road === Road.WSS ? address.host.toLowerCase() : "";
}

/** How many connections a way takes: requests come and go on two. */
export function connectionsOf({ by }: Way): number {
  return by === "polling" ? 2 : 1;
}

/** Whether a way ends on this machine, where no network sees it. */
export function isLocal({ address }: Way): boolean {
  return /^(localhost|127\.[\d.]+|::1)$/.test(address.host);
}

/** What decides which roads a page may take. */
export interface Page {
  /** Whether it came over TLS; then it may take no road without. */
  readonly isSecure: boolean;
  /** The relay that served it, as it can be reached from here. */
  readonly home: RelayDescriptor | null;
}

/**
 * Every way to a relay that a page can take: WebSocket to each address, then requests to
 * each, because a network that cuts WebSocket cuts it everywhere. The person's own roads
 * come first; then, where the relay served the page, the page's own origin.
 */
export function waysTo(
  relay: RelayDescriptor,
  page: Page,
  own: readonly Address[] = [],
): Way[] {
  const home = page.home && equal(page.home.key, relay.key) ? page.home.addresses : [];
  const roads: number[] = page.isSecure ? [Road.WSS] : [Road.WSS, Road.WS];
  const addresses = [...own, ...home, ...relay.addresses].filter(({ road }) =>
    roads.includes(road),
  );
  const by = (kind: Way["by"]): Way[] =>
    addresses.map((address) => ({ address, by: kind }));
  const ways = [...by("websocket"), ...by("polling")];
  return [...new Map(ways.map((way) => [keyOf(way), way])).values()];
}
