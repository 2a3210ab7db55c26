/**
 * Where a relay is and who may use it, as text that travels (spec/wire.md §8).
 *
 * Knows the relay descriptor and the pass link; the invite is built from the same parts.
 */
import { sha256 } from "@noble/hashes/sha2.js";
import { type Bytes, concat, equal, fromUtf8, utf8 } from "../bytes.ts";
import { Malformed } from "../errors.ts";
import { type Code, say } from "../sentences/index.ts";
import {
  Fields,
  type Layout,
  checked,
  list,
  sized,
  struct,
  u16,
  u8,
} from "./fields.ts";
import { b32 } from "./requests.ts";
import {
  CHECKSUM_SIZE,
  LINK_VERSION,
  LinkKind,
  MAX_ADDRESSES,
  MAX_LINK,
} from "./tables.ts";

export const SCHEME = "linnet:";

/** The last kind of road that is known, of which a page takes few. */
const LAST_ROAD = 7;

/** What to say of a link that is of another kind than this one. */
const OTHER_KIND: Readonly<Record<number, Code>> = {
  [LinkKind.PASS]: "link not pass",
  [LinkKind.INVITE]: "link not invite",
  [LinkKind.DEVICE]: "link not device",
  [LinkKind.ROAD]: "link not road",
};

const text: Layout<string> = {
  write: (value) => sized(1).write(utf8(value)),
  read(fields) {
    const bytes = fields.sized(1);
    if (!bytes.every((byte) => byte >= 0x21 && byte <= 0x7e))
      throw new Malformed("The link holds an address that is no printable ASCII.");
    return fromUtf8(bytes);
  },
};

/** One place at which a relay listens. */
export interface Address {
  /** One of `Road`, or of those that no page takes but passes on. */
  readonly road: number;
  readonly host: string;
  readonly port: number;
  /** The secret path, empty for TCP. */
  readonly path: string;
  /** The name to show outside where it differs from `host`, else empty. */
  readonly cover: string;
  /** Whether a contact gave it, here and for oneself; it never travels. */
  readonly isShared?: true;
}

const address: Layout<Address> = checked(
  struct({
    road: checked(
      u8,
      (road) => road >= 1 && road <= LAST_ROAD,
      "The link names a kind of address unknown here.",
    ),
    host: text,
    port: u16,
    path: text,
    cover: text,
  }),
  (value) => value.host !== "" && value.port !== 0,
  "The link names an address without host or port.",
);

/** A relay: its static key and the addresses to try, best first. */
export interface RelayDescriptor {
  readonly key: Bytes;
  readonly addresses: readonly Address[];
}

export const RELAY_DESCRIPTOR: Layout<RelayDescriptor> = struct({
  key: b32,
  addresses: list(
    checked(
      u8,
      (count) => count >= 1 && count <= MAX_ADDRESSES,
      "The link names no address of the relay, or too many.",
    ),
    address,
  ),
});

/** What a relay gives a new person: where it is and a token to begin with. */
export interface PassLink {
  readonly token: Bytes;
  readonly relay: RelayDescriptor;
}

const passLink: Layout<PassLink> = struct({ token: b32, relay: RELAY_DESCRIPTOR });

/** Write a pass link. */
export function writePassLink(link: PassLink): string {
  return encodeLink(LinkKind.PASS, passLink.write(link));
}

/** Read a pass link that someone typed or pasted; throws `Malformed` with a sentence. */
export function parsePassLink(typed: string): PassLink {
  return readWhole(passLink, decodeLink(typed, LinkKind.PASS));
}

/** Read a value that fills the bytes. */
export function readWhole<T>(layout: Layout<T>, bytes: Uint8Array): T {
  const fields = new Fields(bytes);
  const value = layout.read(fields);
  fields.finish();
  return value;
}

/** Write a link: version, kind, body and checksum as base64url. */
export function encodeLink(kind: number, body: Uint8Array): string {
  const content = concat(new Uint8Array([LINK_VERSION, kind]), body);
  return SCHEME + toBase64(concat(content, checksum(content)));
}

/**
 * Read the body of a link of the kind asked for.
 *
 * Throws `Malformed` if it is no link, damaged, of another kind or version.
 */
export function decodeLink(typed: string, kind: number): Bytes {
  const whole = unpack(typed);
  const content = whole.slice(0, -CHECKSUM_SIZE);
  if (content.length < 2 || !equal(checksum(content), whole.slice(-CHECKSUM_SIZE)))
    throw new Malformed(say("link damaged"));
  if (content[0] !== LINK_VERSION) throw new Malformed(say("link newer"));
  if (content[1] !== kind) throw new Malformed(say(OTHER_KIND[kind] ?? "no link"));
  return content.slice(2);
}

/** What kind of link a text is, one of `LinkKind`, or 0 where it cannot be read. */
export function kindOfLink(typed: string): number {
  return [LinkKind.PASS, LinkKind.INVITE].find((kind) => reads(typed, kind)) ?? 0;
}

function reads(typed: string, kind: number): boolean {
  try {
    decodeLink(typed, kind);
    return true;
  } catch {
    return false;
  }
}

function unpack(typed: string): Bytes {
  // Mail programs and chats break long lines; a link has no white space of its own.
  const compact = typed.replace(/\s+/g, "");
  if (compact.length > MAX_LINK || !compact.toLowerCase().startsWith(SCHEME))
    throw new Malformed(say("no link"));
  const packed = compact.slice(SCHEME.length);
  return decodeBase64(packed);
}

/** Read base64url without padding; throws `Malformed`. */
export function decodeBase64(packed: string): Bytes {
  if (!/^[A-Za-z0-9_-]*$/.test(packed) || packed.length % 4 === 1)
    throw new Malformed(say("link damaged"));
  const raw = atob(packed.replaceAll("-", "+").replaceAll("_", "/"));
  const whole = Uint8Array.from(raw, (one) => one.charCodeAt(0));
  if (toBase64(whole) !== packed) throw new Malformed(say("link damaged"));
  return whole;
}

function toBase64(bytes: Uint8Array): string {
  const raw = btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(""));
  return raw.replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

function checksum(content: Uint8Array): Bytes {
  return sha256(content).slice(0, CHECKSUM_SIZE);
}
