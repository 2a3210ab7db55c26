/** Changes of a timeline that is kept in order of place; each gives a new array. */

import type { Message, MessageId, Page, Quote } from "../../client/values.ts";

/** Code points of a message that are quoted. */
const QUOTED = 200;

/** The messages in one array, each id once and the later word about it kept. */
export function merge(
  known: readonly Message[],
  more: readonly Message[],
): readonly Message[] {
  const byId = new Map(known.map((message) => [message.id, message]));
  for (const message of more) byId.set(message.id, message);
  return [...byId.values()].sort((one, other) => one.place - other.place);
}

/** A page before or after what is known. */
export function join(known: readonly Message[], page: Page): readonly Message[] {
  return merge(known, page.messages);
}

/** The message put where it belongs; it may have been elsewhere before. */
export function put(known: readonly Message[], message: Message): readonly Message[] {
  const last = known[known.length - 1];
  if (
    !last ||
    (last.place < message.place && !known.some(({ id }) => id === message.id))
  )
    return [...known, message];
  const at = known.findIndex(({ id }) => id === message.id);
  if (at !== -1 && known[at]?.place === message.place) return known.with(at, message);
  return merge(known, [message]);
}

/** Without this message, and without its words where others answer it. */
export function without(known: readonly Message[], id: MessageId): readonly Message[] {
  const gone = { id, name: "", text: "", isMine: false, deleted: false };
  return requote(
    known.filter((message) => message.id !== id),
    gone,
  );
}

/** What answers a message quotes it as it stands now: edited, or deleted. */
export function quoteAnew(
  known: readonly Message[],
  { id, name, isMine, deleted, text, attachment }: Message,
): readonly Message[] {
  const words = deleted ? "" : Array.from(text).slice(0, QUOTED).join("");
  const said = words || (deleted ? "" : (attachment?.name ?? ""));
  return requote(known, { id, name, isMine, deleted, text: said });
}

function requote(known: readonly Message[], quote: Quote): readonly Message[] {
  if (!known.some(({ replyTo }) => replyTo?.id === quote.id)) return known;
  return known.map((message) =>
    message.replyTo?.id === quote.id ? { ...message, replyTo: quote } : message,
  );
}

/** The message above which the line of unread ones stands; null when all are older. */
export function firstUnread(
  messages: readonly Message[],
  count: number,
): MessageId | null {
  let left = count;
  for (let at = messages.length - 1; at >= 0 && left > 0; at -= 1) {
    const message = messages[at];
    if (!message || message.isMine || message.notice) continue;
    left -= 1;
    if (left === 0) return message.id;
  }
  return null;
}
