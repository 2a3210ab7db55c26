/**
 * Sends what one conversation has to send: messages in order, then commits
 * (spec/conversations.md §6.2 and §6.3). What is sent was stored before; what the relay
 * took is noted; what was refused waits, fails or is encrypted anew.
 */

import type { Code } from "../../sentences/index.ts";
import { type Bytes, equal, hex } from "../../bytes.ts";
import { SessionLost } from "../../carriers/line.ts";
import { refusal } from "../../wire/refusals.ts";
import { Refusal } from "../../wire/tables.ts";
import type { Conversation } from "../core/conversation.ts";
import { epochHashes } from "../core/envelope.ts";
import type { ConversationRow } from "../store/conversations.ts";
import type { Tx } from "../store/database.ts";
import type { OutRow } from "../store/outbox.ts";
import type { MessageState } from "../values.ts";
import { Committer, controlHash } from "./committer.ts";
import type { Followed } from "./followed.ts";
import { Reception } from "./reception.ts";
import type { RefusedAppend, Stream, Taken } from "./stream.ts";
import { tellMessage } from "./telling.ts";

/** Messages on the way at once. */
const WINDOW = 64;
const RETRY_MS = 5000;
const PASSING: readonly number[] = [
  Refusal.DISK_FULL,
  Refusal.SLOW_DOWN,
  Refusal.UNAVAILABLE,
  Refusal.TOO_MANY_BYTES,
];
const LOST: readonly number[] = [Refusal.NO_SUCH_HANDLE, Refusal.NOT_ALLOWED];
const NOTHING: Bytes = new Uint8Array(0);

/** Sends for one follower, in its current session. */
export class Sender {
  /** Makes and sends the commits. */
  readonly committer: Committer;
  readonly #follower: Followed;
  readonly #flying = new Set<string>();
  #stream: Stream | null = null;
  #retryAt: number | null = null;

  constructor(follower: Followed) {
    this.#follower = follower;
    this.committer = new Committer(follower);
  }

  /** Begin anew in a new session: what is unanswered is sent again. */
  async begin(stream: Stream): Promise<void> {
    this.#stream = stream;
    this.#flying.clear();
    this.#retryAt = null;
    await this.committer.begin();
  }

  /** Whether nothing is left to send and nothing awaits its return. */
  async isIdle(): Promise<boolean> {
    const { hub, id } = this.#follower;
    const machine = await this.#follower.machine();
    if (this.#flying.size > 0 || machine.staged || this.committer.commitAt !== null)
      return false;
    return hub.store.db.read(async (tx) => {
      const row = await this.#follower.row(tx);
      const isWaiting =
        row.isRestored ||
        (await hub.store.outbox.pending(tx, id)) ||
        (await hub.store.wants.of(tx, id)).length > 0;
      return !isWaiting;
    });
  }

  /** In how many milliseconds there is something to do again; null: never. */
  wakeIn(): number | null {
    const times = [this.#retryAt, ...this.committer.alarms].filter((at) => at !== null);
    if (times.length === 0) return null;
    return Math.max(0, Math.min(...times) - this.#follower.hub.now());
  }

  /** Pass something ephemeral on, in the newest epoch only. */
  async whisper(data: Bytes): Promise<void> {
    const stream = this.#stream;
    const machine = await this.#follower.machine();
    if (stream?.handle && stream.epoch === machine.keys.epoch)
      await stream.whisper(data);
  }

  /** Create the stream of a conversation that begins. */
  async createStream(stream: Stream): Promise<void> {
    const { hub, id } = this.#follower;
    const row = await this.#follower.row();
    if (row.isOnRelay) return;
    const { keys } = await this.#follower.machine();
    const [appendHash, readHash] = epochHashes(keys);
    await stream.line.ask({
      type: "Create",
      stream: row.stream,
      isFenced: true,
      epoch: keys.epoch,
      retentionSeconds: 0,
      appendHash,
      readHash,
      controlHash: controlHash(hub, row.relay, row.stream),
    });
    const { db, conversations } = hub.store;
    await db.write((tx) => conversations.change(tx, id, { isOnRelay: true }));
  }

  /** Send what can be sent now; only in the newest epoch. */
  async flush(isCurrent: boolean): Promise<void> {
    const now = this.#follower.hub.now();
    if (this.#retryAt !== null && now < this.#retryAt) return;
    this.#retryAt = null;
    const stream = this.#stream;
    if (!isCurrent || !stream?.handle) return;
    const row = await this.#follower.row();
    if (!row.isRestored && !this.committer.isSent)
      // What was written before a change is for whoever is in it before.
      await this.#sendMessages(stream);
    await this.committer.flush(row, stream);
  }

  // Messages

  async #sendMessages(stream: Stream): Promise<void> {
    const { hub, id } = this.#follower;
    const { store } = hub;
    const machine = await this.#follower.machine();
    const found = await store.db.read(async (tx) => {
      const wants = await store.wants.of(tx, id);
      const isAwaited = wants.some(({ want }) => want.kind === "member");
      if (machine.isAlone && isAwaited) return []; // nobody is here yet who could read it
      return store.outbox.next(tx, id, WINDOW);
    });
    const rows = speakable(machine, found).filter(
      (one) => !this.#flying.has(hex(one.envelope)),
    );
    if (rows.length === 0) return;
    for (const [envelope, sealed] of await this.#seal(machine, rows)) {
      this.#flying.add(hex(envelope));
      await stream.append(envelope, sealed);
    }
  }

  /** Encrypt what is not encrypted for this epoch, and store it before sending. */
  async #seal(
    machine: Conversation,
    rows: readonly OutRow[],
  ): Promise<readonly (readonly [envelope: Bytes, sealed: Bytes])[]> {
    const { store } = this.#follower.hub;
    const { epoch } = machine.keys;
    const made: [OutRow, Bytes][] = [];
    try {
      for (const row of rows)
        if (!row.sealed || row.epoch !== epoch)
          made.push([row, await this.#encrypt(machine, row)]);
      if (made.length > 0)
        await store.db.write(async (tx) => {
          for (const [row, sealed] of made)
            await store.outbox.seal(tx, row, epoch, sealed);
          if (made.some(([row]) => row.kind === "leaving"))
            await store.groups.saveEpoch(tx, machine);
          else await store.groups.saveRatchet(tx, machine);
        });
    } catch (error) {
      this.#follower.dropMachine();
      throw error;
    }
    const fresh = new Map(made);
    return rows.map((row) => [row.envelope, fresh.get(row) ?? row.sealed ?? NOTHING]);
  }

  #encrypt(machine: Conversation, row: OutRow): Promise<Bytes> {
    const { entropy } = this.#follower.hub;
    return row.kind === "leaving"
      ? machine.proposeLeaving(row.envelope, entropy)
      : machine.encrypt(row.content, row.envelope, entropy);
  }

  // Answers

  /** Note in one transaction what the relay took and what it refused. */
  async acknowledge(answers: readonly (Taken | RefusedAppend)[]): Promise<void> {
    const machine = await this.#follower.machine();
    for (const { envelope } of answers) this.#flying.delete(hex(envelope));
    await this.#follower.hub.store.db.write(async (tx) => {
      for (const answer of answers)
        if (answer.kind === "taken") await this.#taken(tx, answer);
        else await this.#refused(tx, machine, answer);
    });
  }

  async #taken(tx: Tx, answer: Taken): Promise<void> {
    const { hub, id } = this.#follower;
    const { store } = hub;
    const { envelope, sequence, time: timeMs } = answer;
    if (!(await store.outbox.find(tx, id, envelope))) return; // a commit, or it came back
    const row: ConversationRow = await this.#follower.row(tx);
    if (sequence <= row.sequence) {
      // It stands where this device has read already, in an earlier life here.
      const empty = { epoch: 0, isCommit: false, data: NOTHING };
      const reception = new Reception(tx, store, (event) => {
        hub.tell(event);
      });
      await reception.ownReturned(row, { sequence, id: envelope, timeMs, ...empty });
      return;
    }
    await store.outbox.setState(tx, id, envelope, "acked");
    await this.#note(tx, envelope, "on the relay", null);
  }

  async #refused(
    tx: Tx,
    { staged, keys }: Conversation,
    { envelope, code, detail }: RefusedAppend,
  ): Promise<void> {
    const follower = this.#follower;
    const { outbox } = follower.hub.store;
    const said = refusal(code);
    if (code === Refusal.STALE) {
      if (detail < keys.epoch) throw new SessionLost(); // the relay went back
      await outbox.unseal(tx, follower.id, envelope);
    } else if (PASSING.includes(code)) {
      const wait = code === Refusal.SLOW_DOWN ? detail : 0;
      this.#retryAt = follower.hub.now() + Math.max(wait, RETRY_MS);
      this.committer.isSent = false;
      await this.#note(tx, envelope, "queued", said.code);
      follower.trouble = said;
    } else if ((staged && equal(staged.envelope, envelope)) || LOST.includes(code))
      throw new SessionLost();
    else {
      await outbox.setState(tx, follower.id, envelope, "failed");
      await this.#note(tx, envelope, "failed", said.code);
    }
  }

  async #note(
    tx: Tx,
    envelope: Bytes,
    state: MessageState,
    reason: Code | null,
  ): Promise<void> {
    const { hub, id } = this.#follower;
    const { store } = hub;
    if (await store.messages.setState(tx, id, envelope, state, reason))
      tellMessage(
        tx,
        store,
        (event) => {
          hub.tell(event);
        },
        "message changed",
        id,
        envelope,
      );
  }
}

/**
 * What may be said now: while proposals wait for a commit nothing new is encrypted (RFC
 * 9420 §12.4), and nothing follows the wish to leave.
 */
function speakable(machine: Conversation, rows: readonly OutRow[]): readonly OutRow[] {
  const { epoch } = machine.keys;
  const isSilent = machine.group.pendingProposals.length > 0;
  const leaving = rows.findIndex((one) => one.kind === "leaving");
  const upto = leaving < 0 ? rows : rows.slice(0, leaving + 1);
  return upto.filter(
    (one) => !isSilent || one.kind === "leaving" || (one.sealed && one.epoch === epoch),
  );
}
