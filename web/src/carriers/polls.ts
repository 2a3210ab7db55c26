/** The requests a carrier can be made of, to bytes and back (spec/session.md §8.4). */
import type { Bytes } from "../bytes.ts";
import { Malformed } from "../errors.ts";
import { Fields, fixed, many, sized, struct, u32, u8 } from "../wire/fields.ts";

export const SEND = 1;
export const FETCH = 2;
export const LEAVE = 3;

export const CARRIER_BYTES = 16;

/** Of a request; one message of the largest size fits. */
export const LARGEST_BODY = 65_600;

export const LARGEST_ANSWER = 131_072;

/** Seconds a relay lets a FETCH wait for something to come. */
export const HANG_SECONDS = 25;

/** What a body holds beside messages. */
const HEAD_BYTES = 21;

/** What goes into the first body; each that came doubles it. */
const FIRST_ROOM = 4096;

const messagesOf = many(sized(2));
const poll = struct({
  carrier: fixed(CARRIER_BYTES),
  kind: u8,
  number: u32,
  messages: messagesOf,
});

/** One request; `number` counts the messages sent, or received, before it. */
export interface Poll {
  readonly carrier: Bytes;
  readonly kind: number;
  readonly number: number;
  readonly messages: readonly Bytes[];
}

/** Write the body of a request. */
export function writePoll(value: Poll): Bytes {
  return poll.write(value);
}

/** Read the body of an answer; throws `Malformed`. */
export function readMessages(body: Uint8Array): readonly Bytes[] {
  if (body.length > LARGEST_ANSWER)
    throw new Malformed("An answer is larger than any may be.");
  return messagesOf.read(new Fields(body));
}

/** How much goes into a request: more each time, little again after a failure. */
export class Room {
  #ceiling = LARGEST_BODY - HEAD_BYTES;
  #now = FIRST_ROOM;

  /** What was put into the last request has come. */
  grow(): void {
    this.#now = Math.min(2 * this.#now, this.#ceiling);
  }

  /** It was lost: whoever cuts this road does so at about this size. */
  shrink(): void {
    this.#ceiling = Math.max(FIRST_ROOM, this.#now >> 1);
    this.#now = FIRST_ROOM;
  }

  /** As many of the messages as there is room for, at least one. */
  portion(messages: readonly Bytes[]): readonly Bytes[] {
    let left = this.#now;
    const end = messages.findIndex((one, place) => {
      left -= 2 + one.length;
      return left < 0 && place > 0;
    });
    return end < 0 ? [...messages] : messages.slice(0, end);
  }
}
