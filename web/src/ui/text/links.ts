/** Finding links in a text; nothing is ever fetched for them. */

export interface LinkSpan {
  /** UTF-16 positions in the text. */
  readonly start: number;
  readonly end: number;
  readonly href: string;
}

const CANDIDATE = /(?:https?:\/\/|www\.|linnet:)[^\s<>"'`\u00a0«»“”]{3,2048}/gi;
const MOST_LINKS = 100;

/** Links of a text, in order. A link ends before closing punctuation that it never opened. */
export function findLinks(text: string): readonly LinkSpan[] {
  const found: LinkSpan[] = [];
  for (const match of text.matchAll(CANDIDATE)) {
    if (found.length === MOST_LINKS) break;
    if (/[\p{L}\p{N}@]/u.test(text.charAt(match.index - 1))) continue;
    const shown = trimTail(match[0]);
    const href = target(shown);
    if (href !== null)
      found.push({ start: match.index, end: match.index + shown.length, href });
  }
  return found;
}

function trimTail(text: string): string {
  let end = text.length;
  while (end > 0) {
    const last = text.charAt(end - 1);
    const opening = { ")": "(", "]": "[", "}": "{" }[last];
    if (opening !== undefined) {
      const body = text.slice(0, end);
      if (body.split(opening).length >= body.split(last).length) break;
    } else if (!".,;:!?…'\"*_~".includes(last)) break;
    end -= 1;
  }
  return text.slice(0, end);
}

function target(shown: string): string | null {
  if (/^linnet:/i.test(shown)) return shown;
  try {
    const url = new URL(/^www\./i.test(shown) ? `https://${shown}` : shown);
    // A name and password before the host only serve to make one host look like another.
    if (url.username !== "" || url.password !== "" || url.hostname === "") return null;
    return url.href;
  } catch {
    return null;
  }
}

/** Whether the address that opens is not the one a reader would think they see. */
export function looksForged(shown: string, href: string): boolean {
  const { hostname } = new URL(href, "https://invalid.example");
  const seen = shown.toLowerCase().replace(/^https?:\/\//, "");
  return !seen.startsWith(hostname);
}
