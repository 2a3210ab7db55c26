/**
 * Drives the exchange by which a new device comes to an account (spec/devices.md §2 and
 * §3): five envelopes in a mailbox, on both sides.
 */

import { type Bytes, equal, hex } from "../../bytes.ts";
import type { Line } from "../../carriers/line.ts";
import {
  Forged,
  Malformed,
  RemoteError,
  Unreachable,
  UsageError,
} from "../../errors.ts";
import type { Envelope } from "../../wire/replies.ts";
import { NO_ENVELOPE } from "../../wire/requests.ts";
import { sealBlob } from "../core/commits.ts";
import type { BlobRef } from "../core/envelope.ts";
import { type Entropy, sha256 } from "../core/gcm.ts";
import { type MailboxKeys, mailboxKeys } from "../core/keys.ts";
import { type DeviceLink, NewSide, OldSide } from "../core/linking.ts";
import { fetchSmall, putSmall } from "./blobs.ts";
import { type Item, Stream } from "./stream.ts";
import { Queue, TooLate, within } from "./waiting.ts";

/** How long a link serves. */
const LINK_MS = 10 * 60_000;

/** The meeting place of two devices. */
class Mailbox {
  readonly handle: number;
  readonly line: Line;
  readonly #keys: MailboxKeys;
  readonly #queue: Queue<Item>;
  readonly #stream: Stream;
  readonly #own = new Map<string, Bytes>();
  readonly #here = new Map<string, Bytes>();

  private constructor(stream: Stream, queue: Queue<Item>, keys: MailboxKeys) {
    this.handle = stream.handle;
    this.line = stream.line;
    this.#stream = stream;
    this.#queue = queue;
    this.#keys = keys;
  }

  /** Open the mailbox of a link and read it from its beginning. */
  static async open(line: Line, link: DeviceLink): Promise<Mailbox> {
    const keys = mailboxKeys(link.secret);
    const queue = new Queue<Item>();
    const stream = new Stream(line, link.stream, queue);
    const { appendToken, readToken } = keys;
    const tokens = { appendToken, readToken, controlToken: null };
    const opened = await line.ask({
      type: "Open",
      stream: link.stream,
      epoch: 0,
      ...tokens,
    });
    stream.handle = opened.handle;
    await stream.subscribe(0, NO_ENVELOPE);
    return new Mailbox(stream, queue, keys);
  }

  /** Put the k-th envelope in; the same again changes nothing. */
  async put(k: number, data: Bytes): Promise<void> {
    const envelope = this.#id(k);
    this.#own.set(hex(envelope), data);
    const { handle } = this;
    await this.line.ask({ type: "Append", handle, envelope, data });
    const lies = await this.line.ask({
      type: "Read",
      handle,
      after: k - 1,
      envelope: k === 1 ? NO_ENVELOPE : this.#id(k - 1),
      limit: 1,
    });
    const there = lies.envelopes[0];
    if (!there || !equal(there.data, data)) throw new UsageError("link used");
  }

  /** Wait for the k-th envelope. */
  async take(k: number, signal: AbortSignal): Promise<Bytes> {
    const id = hex(this.#id(k));
    for (;;) {
      const found = this.#here.get(id);
      if (found) return found;
      for (const item of await this.#queue.take(signal, 8)) {
        if (item.kind === "lost") throw new UsageError("link lost");
        if (item.kind === "came") this.#sort(item.envelope);
      }
    }
  }

  /** Hear nothing of it any more. */
  leave(): void {
    this.#stream.leave();
  }

  #sort({ envelope, data }: Envelope): void {
    const own = this.#own.get(hex(envelope));
    if (own && !equal(own, data)) throw new UsageError("link used");
    this.#here.set(hex(envelope), data);
  }

  #id(k: number): Bytes {
    const id = this.#keys.envelopes[k - 1];
    if (!id) throw new Malformed("A mailbox has five envelopes.");
    return id;
  }
}

/** What the old device is asked in the course of it. */
export interface OldOwner {
  /** Show the code; resolves when the owner has confirmed that both are the same. */
  confirm(code: string, name: string): Promise<void>;
  /** Note the new device as one of the account, then put the account together. */
  admit(
    device: Bytes,
    name: string,
    put: (piece: Bytes) => Promise<BlobRef>,
  ): Promise<Bytes>;
}

/** Make the mailbox of a link. */
export async function createMailbox(line: Line, link: DeviceLink): Promise<void> {
  const keys = mailboxKeys(link.secret);
  await line.ask({
    type: "Create",
    stream: link.stream,
    isFenced: false,
    epoch: 0,
    retentionSeconds: 0,
    appendHash: sha256(keys.appendToken),
    readHash: sha256(keys.readToken),
    controlHash: sha256(keys.controlToken),
  });
}

/** Destroy the mailbox of a link; that it is gone already is no failure. */
export async function destroyMailbox(line: Line, link: DeviceLink): Promise<void> {
  const { controlToken } = mailboxKeys(link.secret);
  const tokens = { appendToken: null, readToken: null, controlToken };
  const { handle } = await line.ask({
    type: "Open",
    stream: link.stream,
    epoch: 0,
    ...tokens,
  });
  await line.ask({ type: "Destroy", handle });
}

/** Let a new device in by a link; resolves when it has the account on its disk. */
export async function letIn(
  line: Line,
  link: DeviceLink,
  owner: OldOwner,
  how: { readonly entropy: Entropy; readonly signal: AbortSignal },
): Promise<void> {
  const { entropy, signal } = how;
  const mailbox = await Mailbox.open(line, link);
  const work = async (): Promise<void> => {
    const side = new OldSide(link, entropy);
    await mailbox.put(2, side.greeted(await mailbox.take(1, signal)));
    const device = side.proven(await mailbox.take(3, signal));
    await owner.confirm(side.code, side.name);
    const put = async (piece: Bytes): Promise<BlobRef> => {
      const { ref, sealed } = sealBlob(piece, entropy);
      await putSmall(line, mailbox.handle, ref, sealed);
      return ref;
    };
    const account = await owner.admit(device, side.name, put);
    await mailbox.put(4, side.give(await put(account)));
    side.finished(await mailbox.take(5, signal));
  };
  try {
    await within(work(), LINK_MS, signal);
  } catch (error) {
    if (error instanceof TooLate) throw new UsageError("link late");
    throw error;
  } finally {
    mailbox.leave();
  }
}

/** What the new device does in the course of it. */
export interface NewOwner {
  /** Show the code that the owner is to compare. */
  show(code: string): void;
  /** Store the account; `fetch` gets the pieces of its history. */
  keep(account: Bytes, fetch: (piece: BlobRef) => Promise<Bytes>): Promise<void>;
}

/** Come to an account by a link. */
export async function comeIn(
  line: Line,
  link: DeviceLink,
  device: { readonly id: Bytes; readonly name: string },
  owner: NewOwner,
  how: { readonly entropy: Entropy; readonly signal: AbortSignal },
): Promise<void> {
  const { entropy, signal } = how;
  const mailbox = await Mailbox.open(line, link);
  const work = async (): Promise<void> => {
    const side = new NewSide(link, entropy);
    await mailbox.put(1, side.hello(device.name));
    const code = side.answered(await mailbox.take(2, signal));
    await mailbox.put(3, side.prove(device.id));
    owner.show(code);
    const ref = side.received(await mailbox.take(4, signal));
    await owner.keep(await fetchSmall(line, ref), (piece) => fetchSmall(line, piece));
    await finish(mailbox, side.done());
  };
  try {
    await within(work(), LINK_MS, signal);
  } catch (error) {
    if (error instanceof TooLate) throw new UsageError("link late");
    if (error instanceof Forged) throw new UsageError("link changed");
    throw error;
  } finally {
    mailbox.leave();
  }
}

/**
 * Say that the account is here. The old device destroys the mailbox as soon as it hears
 * that, and the account is here all the same where it does not.
 */
async function finish(mailbox: Mailbox, done: Bytes): Promise<void> {
  try {
    await mailbox.put(5, done);
  } catch (error) {
    if (!(error instanceof RemoteError || error instanceof Unreachable)) throw error;
  }
}
