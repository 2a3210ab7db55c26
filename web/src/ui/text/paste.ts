/** Links of Linnet: which kind one is, and how one travels as an address of this page. */

export type LinkKind = "pass" | "invite" | "device" | "road" | "unknown";

const KINDS: readonly LinkKind[] = ["unknown", "pass", "invite", "device", "road"];

/** The `linnet:` link in a text, which may be a whole address of a page; null if none. */
export function linkIn(text: string): string | null {
  const found = /linnet(?::|%3a)([A-Za-z0-9_\-\s]{8,})/i.exec(text);
  return found ? `linnet:${(found[1] ?? "").replace(/\s+/g, "")}` : null;
}

/** The kind in a link's second byte (spec/wire.md §8); its body is judged by the client. */
export function linkKind(link: string): LinkKind {
  const head = link.slice("linnet:".length, "linnet:".length + 4);
  const alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
  const [a, b, c] = Array.from(head, (letter) => alphabet.indexOf(letter));
  if (a === undefined || b === undefined || c === undefined) return "unknown";
  const kind = ((b & 15) << 4) | (c >> 2);
  return KINDS[kind] ?? "unknown";
}

/** An address that opens this page with the link in its fragment, which no server sees. */
export function asAddress(link: string, page: URL): string {
  return /^https?:$/.test(page.protocol)
    ? `${page.origin}${page.pathname}#${link}`
    : link;
}
