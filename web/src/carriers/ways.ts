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
  return isLoopback(address.host);
}

/** Whether a host is this machine. */
export function isLoopback(host: string): boolean {
  return /^(localhost|127\.[\d.]+|::1)$/.test(host);
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
 * come first; then, where the relay served the page, the page's own origin. Roads of
 * contacts come after all others.
 */
export function waysTo(
  relay: RelayDescriptor,
  page: Page,
  roads: readonly Address[] = [],
): Way[] {
  const home = page.home && equal(page.home.key, relay.key) ? page.home.addresses : [];
  const kinds: number[] = page.isSecure ? [Road.WSS] : [Road.WSS, Road.WS];
  const both = (addresses: readonly Address[]): Way[] =>
    (["websocket", "polling"] as const).flatMap((by) =>
      addresses
        .filter(({ road }) => kinds.includes(road))
        .map((address) => ({ address, by })),
    );
  const own = roads.filter((one) => !one.isShared);
  const shared = roads.filter((one) => one.isShared);
  const found = new Map<string, Way>();
  for (const way of [...both([...own, ...home, ...relay.addresses]), ...both(shared)])
    if (!found.has(keyOf(way))) found.set(keyOf(way), way);
  return [...found.values()];
}
