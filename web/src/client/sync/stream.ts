/**
 * One conversation's stream in one session: open, follow, append (spec/wire.md §4). Turns
 * what the relay says about the stream into a queue that `follower.ts` empties; knows
 * nothing of what envelopes hold.
 */

import type { Bytes } from "../../bytes.ts";
import type { Line, Sink } from "../../carriers/line.ts";
import { BugError } from "../../errors.ts";
import type { ReplyOf } from "../../wire/codec.ts";
import type { Envelope } from "../../wire/replies.ts";
import { epochHashes, type EpochKeys } from "../core/envelope.ts";
import type { Queue } from "./waiting.ts";
import type { Watch } from "./watches.ts";

export type Item =
  /** An envelope came. */
  | { readonly kind: "came"; readonly envelope: Envelope }
  /** Nothing more comes by this handle. */
  | { readonly kind: "epoch ended"; readonly handle: number }
  | Taken
  | RefusedAppend
  /** Something ephemeral came. */
  | { readonly kind: "whispered"; readonly data: Bytes }
  /** There may be something to do: something to send, or its time has come. */
  | { readonly kind: "wake" }
  /** The session is over, or the stream is gone. */
  | { readonly kind: "lost" };

/** The relay has an envelope of ours on its disk; `time` in milliseconds. */
export interface Taken {
  readonly kind: "taken";
  readonly envelope: Bytes;
  readonly sequence: number;
  readonly time: number;
}

/** The relay refused an envelope of ours. */
export interface RefusedAppend {
  readonly kind: "refused";
  readonly envelope: Bytes;
  readonly code: number;
  readonly detail: number;
}

/** A stream on a line, for as long as the line's session lasts. */
export class Stream {
  readonly line: Line;
  readonly id: Bytes;
  /** 0 where none is open. */
  handle = 0;
  epoch = 0;
  /** What was last asked about waking this browser, under this handle. */
  watch: Watch | null = null;
  readonly #queue: Queue<Item>;
  readonly #onLoss: () => void;

  constructor(line: Line, id: Bytes, queue: Queue<Item>) {
    this.line = line;
    this.id = id;
    this.#queue = queue;
    this.#onLoss = () => {
      queue.put({ kind: "lost" });
    };
    line.onLoss(this.#onLoss);
  }

  /** Hear nothing of this stream any more. */
  leave(): void {
    this.line.forgetLoss(this.#onLoss);
    this.line.unfollow(this.handle);
  }

  /** Open an epoch for reading and appending. Throws `Refused`. */
  async open(keys: EpochKeys): Promise<ReplyOf<"Opened">> {
    const reply = await this.line.ask({
      type: "Open",
      stream: this.id,
      epoch: keys.epoch,
      appendToken: keys.appendToken,
      readToken: keys.readToken,
      controlToken: null,
    });
    this.line.unfollow(this.handle);
    this.handle = reply.handle;
    this.epoch = keys.epoch;
    this.watch = null;
    return reply;
  }

  /** Follow the stream from a cursor; return where it ends now. */
  async subscribe(after: number, envelope: Bytes): Promise<number> {
    const { handle } = this;
    this.line.follow(handle, this.#sink);
    const asked = { handle, after, envelope, skipOwn: false };
    return (await this.line.ask({ type: "Subscribe", ...asked })).head;
  }

  /** Give a handle back whose epoch was read to its end. */
  async closeHandle(): Promise<void> {
    const { handle } = this;
    this.handle = 0;
    this.line.unfollow(handle);
    await this.line.ask({ type: "Close", handle });
  }

  /** Append; the answer comes by the queue. */
  append(envelope: Bytes, data: Bytes): Promise<void> {
    const { handle } = this;
    const request = { type: "Append", handle, envelope, data } as const;
    return this.line.send(request, this.#answer(envelope));
  }

  /** Append what ends the epoch; the answer comes by the queue. */
  commit(envelope: Bytes, data: Bytes, nextKeys: EpochKeys): Promise<void> {
    const [appendHash, readHash] = epochHashes(nextKeys);
    const { handle } = this;
    const hashes = { appendHash, readHash };
    const request = { type: "Commit", handle, envelope, data, ...hashes } as const;
    return this.line.send(request, this.#answer(envelope));
  }

  /** Pass something to who follows now. */
  whisper(data: Bytes): Promise<void> {
    return this.line.whisper({ type: "Ephemeral", handle: this.handle, data });
  }

  #answer(envelope: Bytes): Sink {
    return (reply) => {
      const receipt = reply.type === "Appended" ? reply.receipts[0] : undefined;
      if (receipt) {
        const { sequence, timeMs: time } = receipt;
        this.#queue.put({ kind: "taken", envelope, sequence, time });
      } else if (reply.type === "RefusedReply") {
        const { code, detail } = reply;
        this.#queue.put({ kind: "refused", envelope, code, detail });
      } else this.#queue.put({ kind: "lost" });
    };
  }

  readonly #sink: Sink = (reply) => {
    if (reply.type === "Deliver")
      for (const { envelope } of reply.entries)
        this.#queue.put({ kind: "came", envelope });
    else if (reply.type === "Ended")
      this.#queue.put({ kind: "epoch ended", handle: reply.handle });
    else if (reply.type === "Whisper")
      this.#queue.put({ kind: "whispered", data: reply.data });
    else if (reply.type === "Gone") this.#queue.put({ kind: "lost" });
    else throw new BugError("A stream brought what is no event.");
  };
}
