/** The relay that served the page, where it lets anyone begin (spec/session.md §8.3). */
import { Malformed } from "../errors.ts";
import {
  type Address,
  type RelayDescriptor,
  decodeBase64,
  RELAY_DESCRIPTOR,
  readWhole,
} from "../wire/links.ts";
import { MAX_ADDRESSES, Road } from "../wire/tables.ts";
import type { Page } from "./ways.ts";

/** A relay that the page can begin on without a link. */
export interface Home {
  /** As links should name it: its own addresses, and the page's origin. */
  readonly relay: RelayDescriptor;
  /** As it can be reached from this page. */
  readonly here: RelayDescriptor;
}

/**
 * Ask the page's origin which relay serves it; `null` where it does not say, because it is
 * not open, does not serve the page, or cannot be reached now.
 */
export async function askHome(origin: URL): Promise<Home | null> {
  try {
    const answer = await fetch(new URL("./relay.json", origin), {
      cache: "no-cache",
      credentials: "omit",
      redirect: "error",
    });
    return answer.ok ? readHome(await answer.text(), origin) : null;
  } catch (error) {
    if (error instanceof TypeError || error instanceof Malformed) return null;
    throw error;
  }
}

/** Read what a relay says of itself to its page; throws `Malformed`. */
export function readHome(text: string, origin: URL): Home {
  const { path, relay } = told(text);
  const descriptor = readWhole(RELAY_DESCRIPTOR, decodeBase64(relay));
  const isSecure = origin.protocol === "https:";
  const address: Address = {
    road: isSecure ? Road.WSS : Road.WS,
    host: origin.hostname.replace(/^\[|\]$/g, ""),
    port: Number(origin.port) || (isSecure ? 443 : 80),
    path,
    cover: "",
  };
  const isOther = (one: Address): boolean =>
    one.road !== address.road || one.host !== address.host || one.port !== address.port;
  const others = descriptor.addresses.filter(isOther);
  const addresses = [...others.slice(0, MAX_ADDRESSES - 1), address];
  return {
    relay: { ...descriptor, addresses },
    here: { ...descriptor, addresses: [address] },
  };
}

/** What decides which roads this page may take. */
export function pageAt(origin: URL, home: Home | null): Page {
  return { isSecure: origin.protocol === "https:", home: home?.here ?? null };
}

function told(text: string): { path: string; relay: string } {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch {
    throw new Malformed("What the relay says of itself cannot be read.");
  }
  const { format, path, relay } = (value ?? {}) as Record<string, unknown>;
  if (format !== 1 || typeof path !== "string" || typeof relay !== "string")
    throw new Malformed("What the relay says of itself cannot be read.");
  if (!/^\/[\x21-\x7e]{1,254}$/.test(path))
    throw new Malformed("What the relay says of itself names no path.");
  return { path, relay };
}
