/** Which ways a page has to a relay, best first (spec/session.md §8). */
import { equal } from "../bytes.ts";
import type { RelayDescriptor } from "../wire/links.ts";
import { Road } from "../wire/tables.ts";
import type { Way } from "./carrier.ts";

/** What decides which roads a page may take. */
export interface Page {
  /** Whether it came over TLS; then it may take no road without. */
  readonly isSecure: boolean;
  /** The relay that served it, as it can be reached from here. */
  readonly home: RelayDescriptor | null;
}

/**
 * Every way to a relay that a page can take: WebSocket to each address, then requests to
 * each, because a network that cuts WebSocket cuts it everywhere. Where the relay served
 * the page, the page's own origin comes first: that way is known to work.
 */
export function waysTo(relay: RelayDescriptor, page: Page): Way[] {
  const home = page.home && equal(page.home.key, relay.key) ? page.home.addresses : [];
  const roads: number[] = page.isSecure ? [Road.WSS] : [Road.WSS, Road.WS];
  const seen = new Set<string>();
  const addresses = [...home, ...relay.addresses].filter((address) => {
    const place = [address.road, address.host, address.port, address.path].join(" ");
    const isNew = !seen.has(place);
    seen.add(place);
    return isNew && roads.includes(address.road);
  });
  const by = (kind: Way["by"]): Way[] =>
    addresses.map((address) => ({ address, by: kind }));
  return [...by("websocket"), ...by("polling")];
}
