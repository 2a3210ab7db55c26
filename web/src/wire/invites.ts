/**
 * The invite link: who somebody is and where they can be reached, as text
 * (spec/identity.md §4; the form of every link is in spec/wire.md §8).
 */
import { type Bytes, fromUtf8, utf8 } from "../bytes.ts";
import { LocalError, Malformed } from "../errors.ts";
import { type Layout, checked, list, sized, struct, u8 } from "./fields.ts";
import {
  RELAY_DESCRIPTOR,
  type RelayDescriptor,
  decodeLink,
  encodeLink,
  readWhole,
} from "./links.ts";
import { b32 } from "./requests.ts";
import { LONGEST_NAME, LinkKind, MOST_RELAYS } from "./tables.ts";

/** An account's key, the secret that opens its inboxes, its name and its relays. */
export interface InviteLink {
  readonly account: Bytes;
  readonly secret: Bytes;
  readonly name: string;
  readonly relays: readonly RelayDescriptor[];
}

const name: Layout<string> = {
  write: (value) => sized(1).write(utf8(value)),
  read: (fields) => readName(fields.sized(1)),
};

/** The body of the link; this is also how a card travels. */
export const INVITE: Layout<InviteLink> = struct({
  account: b32,
  secret: b32,
  name,
  relays: list(
    checked(
      u8,
      (count) => count >= 1 && count <= MOST_RELAYS,
      "The invite names no relay, or too many.",
    ),
    RELAY_DESCRIPTOR,
  ),
});

/** Write an invite link. */
export function writeInviteLink(link: InviteLink): string {
  if (link.relays.length < 1 || link.relays.length > MOST_RELAYS)
    throw new LocalError("An invite link names one to four relays.");
  return encodeLink(LinkKind.INVITE, INVITE.write(link));
}

/** Read an invite link that someone typed, pasted or scanned; throws `Malformed`. */
export function parseInviteLink(typed: string): InviteLink {
  return readWhole(INVITE, decodeLink(typed, LinkKind.INVITE));
}

function readName(bytes: Uint8Array): string {
  let text: string;
  try {
    text = fromUtf8(bytes);
  } catch {
    throw new Malformed("The invite has a name that is not UTF-8.");
  }
  // What Python's isprintable() lets through: no control, format or foreign space.
  const isPrintable = /^(?:[^\p{C}\p{Z}]| )*$/u.test(text);
  if (bytes.length > LONGEST_NAME || !isPrintable || text !== text.trim())
    throw new Malformed("The invite has a name that cannot be shown.");
  return text;
}
