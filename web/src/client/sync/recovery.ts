/**
 * Gives a relay back what it lost: it was restored from an older backup
 * (spec/conversations.md §6.8). Ids and fences make all members that do this converge;
 * what was seen before is not shown again.
 */

import { type Bytes, equal, hex } from "../../bytes.ts";
import { type Line, SessionLost } from "../../carriers/line.ts";
import { Refused } from "../../errors.ts";
import type { ReplyOf } from "../../wire/codec.ts";
import { NO_ENVELOPE, NO_LIMIT } from "../../wire/requests.ts";
import { Refusal } from "../../wire/tables.ts";
import { epochHashes, type EpochKeys } from "../core/envelope.ts";
import type { ConversationId } from "../values.ts";
import { placeIn } from "../store/conversations.ts";
import type { Tx } from "../store/database.ts";
import type { Held } from "../store/log.ts";
import { controlHash } from "./committer.ts";
import type { Followed } from "./followed.ts";
import type { Hub } from "./hub.ts";
import { notice } from "./notices.ts";
import { Reception } from "./reception.ts";
import type { Stream } from "./stream.ts";

/** How long the maker of a conversation is waited for before another creates its stream anew. */
const MAKER_MS = 60_000;
const NOTHING: Bytes = new Uint8Array(0);

type Opened = ReplyOf<"Opened">;

/** One recovery of one conversation's stream. */
export class Recovery {
  readonly #hub: Hub;
  readonly #follower: Followed;
  readonly #line: Line;
  readonly #stream: Stream;
  readonly #opened = new Map<number, Opened>();
  #leftBehind: Held[] = [];

  constructor(follower: Followed, stream: Stream) {
    this.#hub = follower.hub;
    this.#follower = follower;
    this.#line = stream.line;
    this.#stream = stream;
  }

  /**
   * Send again what the relay lost; return the epoch to read from now. Throws `Refused`
   * when the relay is not ours to heal, or went another way since.
   */
  async recover(refusal: Refused): Promise<number> {
    const keys = await this.#relayEpoch(refusal);
    const opened = await this.#stream.open(keys);
    this.#opened.set(keys.epoch, opened);
    const base = await this.#common(opened.handle, opened.head);
    const lost = await this.#heldAfter(base.sequence);
    for (const held of lost) await this.#send(held);
    await this.#note(base, lost.length);
    return base.sequence ? base.epoch : keys.epoch;
  }

  /**
   * After coming back, send anew what the relay lost of ours in the meantime: it may have
   * been restored while this device was out and did not look.
   */
  async audit(): Promise<void> {
    const { store } = this.#hub;
    const { id } = this.#follower;
    const { epoch } = (await this.#follower.machine()).keys;
    const held = (await this.#heldAfter(0)).filter((one) => one.epoch < epoch);
    for (const one of await this.#missing(held)) await this.#askAfter(one);
    await store.db.write(async (tx) => {
      await this.#takeBack(tx);
      await store.conversations.change(tx, id, { isDoubtful: false });
    });
  }

  /**
   * Have the relay say where something stands, in an epoch that may be closed. Appending
   * does: a known id is answered with its place, another one is stale.
   */
  async #askAfter(held: Held): Promise<void> {
    try {
      await this.#send(held);
    } catch (error) {
      if (!isRefusal(error, Refusal.UNKNOWN_EPOCH)) throw error;
      this.#leftBehind.push(held);
    }
  }

  async #missing(held: readonly Held[]): Promise<readonly Held[]> {
    const last = held.at(-1);
    const keys = last && (await this.#keys(last.epoch));
    if (!last || !keys) return [];
    let opened: Opened;
    try {
      opened = await this.#stream.open(keys);
    } catch (error) {
      if (isRefusal(error, Refusal.UNKNOWN_EPOCH, Refusal.WRONG_TOKEN)) return held;
      throw error;
    }
    const base = await this.#common(opened.handle, last.sequence);
    if (equal(base.id, last.id)) return [];
    const there = await this.#idsAfter(opened.handle, base);
    return held.filter(
      (one) => one.sequence > base.sequence && !there.has(hex(one.id)),
    );
  }

  async #idsAfter(handle: number, base: Held): Promise<ReadonlySet<string>> {
    const found = new Set<string>();
    let [after, envelope] = [base.sequence, base.id];
    for (;;) {
      const asked = { handle, after, envelope, limit: NO_LIMIT };
      const { envelopes } = await this.#line.ask({ type: "Read", ...asked });
      const last = envelopes.at(-1);
      if (!last) return found;
      for (const one of envelopes) found.add(hex(one.envelope));
      await this.#rearrange(envelopes);
      [after, envelope] = [last.sequence, last.envelope];
    }
  }

  /** Take up the relay's order of what is held: whoever stayed has it too. */
  async #rearrange(envelopes: ReplyOf<"Envelopes">["envelopes"]): Promise<void> {
    const { store } = this.#hub;
    await store.db.write(async (tx) => {
      const reception = this.#reception(tx);
      for (const one of envelopes) {
        const row = await this.#follower.row(tx);
        if (!(await store.log.has(tx, row.id, one.envelope))) continue;
        const { sequence, envelope: id, epoch, timeMs, data } = one;
        const held = { sequence, id, epoch, timeMs, isCommit: false, data };
        await store.log.place(tx, row.id, held);
        await reception.seenAgain(row, held);
      }
    });
  }

  /**
   * Keep what the relay went on without: the stream took another way. What this device
   * had said after the parting is queued again, under the same ids, for when a member has
   * added it to the group that goes on.
   */
  async strand(): Promise<void> {
    const { db, log } = this.#hub.store;
    const { id } = this.#follower;
    for (const epoch of await db.read((tx) => log.epochs(tx, id))) {
      const opened = await this.#tryOpen(epoch);
      if (!opened) continue;
      const base = await this.#common(opened.handle, opened.ends || opened.head);
      this.#leftBehind = [...(await this.#heldAfter(base.sequence))];
      break;
    }
    await db.write(async (tx) => {
      const [first] = this.#leftBehind;
      if (first) await log.forgetEpochs(tx, id, first.epoch);
      await this.#takeBack(tx);
    });
  }

  async #tryOpen(epoch: number): Promise<Opened | null> {
    const keys = await this.#keys(epoch);
    if (!keys) return null;
    try {
      return await this.#stream.open(keys);
    } catch (error) {
      if (error instanceof Refused) return null;
      throw error;
    }
  }

  /** Queue again what the stream went on without, if it is ours. */
  async #takeBack(tx: Tx): Promise<void> {
    const { sent, log, outbox, messages } = this.#hub.store;
    const { id } = this.#follower;
    for (const held of this.#leftBehind) {
      const content = await sent.find(tx, id, held.id);
      await log.drop(tx, id, held.id);
      if (!content || (await outbox.find(tx, id, held.id))) continue;
      await outbox.add(tx, id, held.id, content);
      await messages.takeBack(tx, id, held.id);
    }
  }

  /** Return keys of the epoch the relay is in; create the stream if it is gone. */
  async #relayEpoch(refusal: Refused): Promise<EpochKeys> {
    if (refusal.code === Refusal.NO_SUCH_STREAM) return this.#createAnew(refusal);
    const epoch =
      refusal.code === Refusal.UNKNOWN_EPOCH ? refusal.detail : this.#stream.epoch;
    const found = await this.#keys(epoch);
    if (!found) throw refusal;
    return found;
  }

  async #createAnew(refusal: Refused): Promise<EpochKeys> {
    const row = await this.#follower.row();
    this.#awaitMaker(row.inviter, refusal);
    const { db, log } = this.#hub.store;
    const oldest = await db.read((tx) => log.oldestEpoch(tx, row.id));
    const kept = oldest === null ? null : await this.#keys(oldest);
    const keys = kept ?? (await this.#follower.machine()).keys;
    const [appendHash, readHash] = epochHashes(keys);
    await this.#line.ask({
      type: "Create",
      stream: row.stream,
      isFenced: true,
      epoch: keys.epoch,
      retentionSeconds: 0,
      appendHash,
      readHash,
      controlHash: controlHash(this.#hub, row.relay, row.stream),
    });
    return keys;
  }

  /**
   * Leave it to the maker of the conversation for a while: they hold it all. Throws the
   * refusal while it is not this device's turn.
   */
  #awaitMaker(maker: Bytes | null, refusal: Refused): void {
    const now = this.#hub.now();
    if (maker && equal(maker, this.#hub.store.me)) return;
    this.#follower.goneSince ??= now;
    if (now - this.#follower.goneSince < MAKER_MS) throw refusal;
  }

  /** Find the newest envelope that both this device and the relay have. */
  async #common(handle: number, head: number): Promise<Held> {
    const { db, log } = this.#hub.store;
    let place = head;
    for (;;) {
      const held = await db.read((tx) => log.upto(tx, this.#follower.id, place));
      if (!held) break;
      const { sequence: after, id: envelope } = held;
      try {
        await this.#line.ask({ type: "Read", handle, after, envelope, limit: 1 });
        return held;
      } catch (error) {
        if (!isRefusal(error, Refusal.REWOUND)) throw error;
        place = held.sequence - 1;
      }
    }
    const { epoch } = this.#stream;
    const nothing = { timeMs: 0, isCommit: false, data: NOTHING };
    return { sequence: 0, id: NO_ENVELOPE, epoch, ...nothing };
  }

  async #send(held: Held): Promise<void> {
    let opened: Opened;
    try {
      opened = await this.#open(held.epoch);
    } catch (error) {
      if (!isRefusal(error, Refusal.WRONG_TOKEN)) throw error;
      this.#leftBehind.push(held);
      return;
    }
    const { handle } = opened;
    const following = held.isCommit ? await this.#keys(held.epoch + 1) : null;
    if (held.isCommit && !following) return;
    const what = { handle, envelope: held.id, data: held.data };
    const [appendHash, readHash] = following ? epochHashes(following) : [];
    try {
      const reply =
        appendHash && readHash
          ? await this.#line.ask({ type: "Commit", ...what, appendHash, readHash })
          : await this.#line.ask({ type: "Append", ...what });
      const receipt = reply.receipts[0];
      if (receipt) await this.#stands(held, receipt.sequence);
    } catch (error) {
      if (!isRefusal(error, Refusal.STALE)) throw error;
      await this.#leaveBehind(held, opened.ends);
    }
  }

  async #open(epoch: number): Promise<Opened> {
    const known = this.#opened.get(epoch);
    if (known) return known;
    const keys = await this.#keys(epoch);
    if (!keys) throw new SessionLost();
    const opened = await this.#stream.open(keys);
    this.#opened.set(epoch, opened);
    return opened;
  }

  /**
   * Go on without something whose epoch ended before the relay had it again. Ours is said
   * anew. What others said stays known, so that it is only moved when they say it anew;
   * until then it stands where its epoch ended.
   */
  async #leaveBehind(held: Held, ends: number): Promise<void> {
    const { db, sent, log } = this.#hub.store;
    const { id } = this.#follower;
    const isLeft = await db.read(async (tx) => {
      if (held.isCommit || (await sent.find(tx, id, held.id))) return true;
      return (await log.missed(tx, id)).some((one) => equal(one, held.id));
    });
    if (isLeft) this.#leftBehind.push(held);
    if (ends) await this.#stands(held, ends);
  }

  /** Show something where the stream has it, be it where we may not read. */
  async #stands(held: Held, at: number): Promise<void> {
    const { db, messages } = this.#hub.store;
    await db.write(async (tx) => {
      const row = await this.#follower.row(tx);
      await messages.move(tx, row.id, held.id, placeIn(row, at));
    });
  }

  async #note(base: Held, resent: number): Promise<void> {
    const hub = this.#hub;
    const { store } = hub;
    const { id } = this.#follower;
    await store.db.write(async (tx) => {
      if (!base.sequence) await store.messages.beginPlaces(tx, id);
      const cursor = { sequence: base.sequence, envelope: base.id };
      await store.conversations.change(tx, id, cursor);
      await this.#takeBack(tx);
      await store.outbox.takeBackAcks(tx, id);
      const row = await this.#follower.row(tx);
      await store.posts.repost(tx, row.relay);
      if (resent === 0) return;
      const what = notice("rewound", [], String(resent));
      const reception = this.#reception(tx);
      await reception.notice(row, hub.entropy(16), store.me, what, hub.now());
      tx.afterCommit(() => {
        const conversation = hex(id) as ConversationId;
        hub.tell({ type: "relay rewound", conversation, resent });
      });
    });
    hub.courier?.wake();
  }

  #reception(tx: Tx): Reception {
    return new Reception(tx, this.#hub.store, (event) => {
      this.#hub.tell(event);
    });
  }

  #keys(epoch: number): Promise<EpochKeys | null> {
    const { db, log } = this.#hub.store;
    return db.read((tx) => log.keys(tx, this.#follower.id, epoch));
  }

  #heldAfter(sequence: number): Promise<readonly Held[]> {
    const { db, log } = this.#hub.store;
    return db.read((tx) => log.after(tx, this.#follower.id, sequence));
  }
}

function isRefusal(error: unknown, ...codes: readonly number[]): boolean {
  return error instanceof Refused && codes.includes(error.code);
}
