/**
 * Keeps one conversation in step with its stream (spec/conversations.md §6). A task a
 * conversation: reads, stores, sends, reopens after a lost session, and gives up only what
 * can never be. Everything it must do stands in the store, so it may be stopped at any
 * instant and begun anew.
 */

import type { Said } from "../../sentences/index.ts";
import { type Bytes, equal, hex } from "../../bytes.ts";
import { SessionLost } from "../../carriers/line.ts";
import { Refused, RemoteError, Unreachable } from "../../errors.ts";
import { Refusal } from "../../wire/tables.ts";
import type { Conversation } from "../core/conversation.ts";
import { DEVICES } from "../core/info.ts";
import { unsealNote } from "../core/whispers.ts";
import * as later from "../later.ts";
import type { ConversationRow } from "../store/conversations.ts";
import type { Tx } from "../store/database.ts";
import { Overtaken } from "../store/groups.ts";
import type { AccountId, ConversationId } from "../values.ts";
import { type Followed, Forgotten, type Why } from "./followed.ts";
import type { FollowerPort, Hub } from "./hub.ts";
import { isExpected, mishap } from "./mishaps.ts";
import { PARTED, STRANDED } from "./notices.ts";
import { Reader } from "./reader.ts";
import { Reception } from "./reception.ts";
import type { Recovery } from "./recovery.ts";
import { LIVE, takeStashed } from "./rejoining.ts";
import { Sender } from "./sender.ts";
import { wantDevices } from "./siblings.ts";
import { type Item, Stream } from "./stream.ts";
import { check, Queue, Stopped, within } from "./waiting.ts";

const REWOUND: readonly number[] = [
  Refusal.UNKNOWN_EPOCH,
  Refusal.REWOUND,
  Refusal.NO_SUCH_STREAM,
];
/** More in a row, and the relay says what is not so. */
const RECOVERIES = 3;
/** How long to wait after a refusal that may pass. */
const PATIENCE_MS = 5000;
const AT_ONCE = 512;

/** Follows one conversation, session after session. */
export class Follower implements FollowerPort, Followed {
  readonly id: Bytes;
  readonly hub: Hub;
  trouble: Said | null = null;
  isSettled = false;
  goneSince: number | null = null;
  readonly #queue = new Queue<Item>();
  readonly #sender: Sender;
  readonly #reader: Reader;
  #machine: Conversation | null = null;
  /** The epoch and the list of devices that were last compared. */
  #looked = "";
  /** The epoch that is read, and the head when it was last looked at. */
  #epoch: number | null = null;
  #head: number | null = null;

  constructor(hub: Hub, conversation: Bytes) {
    this.hub = hub;
    this.id = conversation;
    this.#sender = new Sender(this);
    this.#reader = new Reader(this, this.#sender);
  }

  async row(tx?: Tx): Promise<ConversationRow> {
    const { db, conversations } = this.hub.store;
    const row = await (tx
      ? conversations.row(tx, this.id)
      : db.read((one) => conversations.row(one, this.id)));
    if (!row) throw new Forgotten("The conversation was deleted.");
    return row;
  }

  async machine(): Promise<Conversation> {
    const { db, groups } = this.hub.store;
    this.#machine ??= await groups.load(db, this.id);
    if (!this.#machine) throw new Forgotten("The conversation was deleted.");
    return this.#machine;
  }

  dropMachine(): void {
    this.#machine = null;
  }

  wake(): void {
    this.isSettled = false;
    this.#queue.put({ kind: "wake" });
  }

  beginAnew(): void {
    this.dropMachine();
    this.isSettled = false;
    this.#queue.put({ kind: "lost" });
  }

  async whisper(data: Bytes): Promise<void> {
    try {
      await this.#sender.whisper(data);
    } catch (error) {
      if (!(error instanceof Unreachable)) throw error;
    }
  }

  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      check(signal);
      try {
        if (await this.#isLive()) await this.#session(signal);
        else if (!(await takeStashed(this.hub, this.id))) {
          this.dropMachine();
          this.#settle();
          await this.#queue.take(signal, AT_ONCE);
        }
      } catch (error) {
        if (signal.aborted) throw new Stopped("A task was told to end.");
        if (error instanceof Forgotten) return;
        await this.#bear(error, signal);
      }
    }
  }

  /** Wait as long as an error asks for; one bug must not stop the other conversations. */
  async #bear(error: unknown, signal: AbortSignal): Promise<void> {
    this.dropMachine();
    if (error instanceof SessionLost || error instanceof Overtaken) return;
    const isKnown = isExpected(error);
    this.trouble = mishap(error);
    this.hub.connectionChanged();
    await this.#queue.take(signal, AT_ONCE, isKnown ? PATIENCE_MS : 12 * PATIENCE_MS);
  }

  async #isLive(): Promise<boolean> {
    return LIVE.includes((await this.row()).state);
  }

  async #session(signal: AbortSignal): Promise<void> {
    this.#queue.clear();
    const { info } = await this.machine();
    const line = this.hub.line(info.relay);
    await within(line.up(), null, signal);
    const stream = new Stream(line, info.stream, this.#queue);
    try {
      await this.#sender.begin(stream);
      await this.#sender.createStream(stream);
      await this.#follow(stream, signal);
      if (stream.handle) await stream.closeHandle();
    } finally {
      stream.leave();
    }
  }

  async #follow(stream: Stream, signal: AbortSignal): Promise<void> {
    this.#epoch = null;
    while ((await this.#isLive()) && (await this.#isAt(stream))) {
      if ((await this.row()).isDoubtful) await (await this.#recovery(stream)).audit();
      await this.#open(stream);
      this.trouble = null;
      this.goneSince = null;
      await this.#flush(stream);
      while (await this.#next(stream, signal));
    }
  }

  async #flush(stream: Stream): Promise<void> {
    const isCurrent = await this.#isCurrent(stream);
    if (isCurrent) await this.#lookForDevices();
    await this.#sender.flush(isCurrent);
    if (isCurrent && !this.hub.watches.isIdle(stream)) await this.#watch(stream);
  }

  /** Be woken for what people say; not for muted ones, nor for what devices tell. */
  async #watch(stream: Stream): Promise<void> {
    const { relay, kind, muted } = await this.row();
    const { account } = this.hub.store;
    if (account.knownRelay(relay)?.isMine)
      await this.hub.watches.look(stream, kind !== DEVICES && !muted);
  }

  /** Want this account's other devices in here; once an epoch, or when the list changed. */
  async #lookForDevices(): Promise<void> {
    const { hub } = this;
    const { db, devices } = hub.store;
    const machine = await this.machine();
    const looked = `${machine.keys.epoch} ${hub.devicesVersion}`;
    if (looked === this.#looked || (await this.row()).state !== "active") return;
    this.#looked = looked;
    if ((await db.read((tx) => devices.all(tx))).length < 2) return;
    if (await db.write((tx) => wantDevices(tx, hub, this.id, machine)))
      hub.courier?.wake();
  }

  async #isAt(stream: Stream): Promise<boolean> {
    return equal((await this.machine()).info.stream, stream.id);
  }

  /** Open the epoch to read now, and subscribe; recover what the relay lost. */
  async #open(stream: Stream, tries = RECOVERIES): Promise<void> {
    const machine = await this.machine();
    const { db, log } = this.hub.store;
    const epoch = this.#epoch ?? machine.keys.epoch;
    const keys = (await db.read((tx) => log.keys(tx, this.id, epoch))) ?? machine.keys;
    const row = await this.row();
    try {
      await stream.open(keys);
      this.#head = await stream.subscribe(row.sequence, row.envelope);
      this.#epoch = keys.epoch;
    } catch (error) {
      if (!(error instanceof Refused)) throw error;
      if (REWOUND.includes(error.code) && tries > 0) {
        this.#epoch = await this.#recover(stream, error);
        await this.#open(stream, tries - 1);
      } else if (error.code === Refusal.WRONG_TOKEN)
        await this.#strand(await this.#recovery(stream));
      else throw error;
    }
  }

  async #recovery(stream: Stream): Promise<Recovery> {
    const { Recovery: Found } = await later.recovery();
    return new Found(this, stream);
  }

  async #recover(stream: Stream, refusal: Refused): Promise<number> {
    const recovery = await this.#recovery(stream);
    try {
      return await recovery.recover(refusal);
    } catch (error) {
      if (error instanceof Refused && error.code === Refusal.WRONG_TOKEN)
        await this.#strand(recovery);
      throw error;
    }
  }

  /** Give up: the stream is in an epoch that this device has no way into. */
  async #strand(recovery: Recovery): Promise<never> {
    await recovery.strand();
    await this.hub.store.db.write((tx) => this.giveUp(tx, { notice: PARTED }));
    this.dropMachine();
    throw new SessionLost();
  }

  async #isCurrent(stream: Stream): Promise<boolean> {
    return stream.epoch === (await this.machine()).keys.epoch;
  }

  /** Take what has come in one transaction; false when an epoch has ended. */
  async #next(stream: Stream, signal: AbortSignal): Promise<boolean> {
    await this.#settleIfDone(stream);
    const items = await this.#queue.take(signal, AT_ONCE, this.#sender.wakeIn());
    if (items.some((item) => item.kind === "lost")) throw new SessionLost();
    const came = items.flatMap((item) => (item.kind === "came" ? [item.envelope] : []));
    if (came.length > 0) await this.#reader.take(stream, came);
    const answers = items.filter(
      (item) => item.kind === "taken" || item.kind === "refused",
    );
    if (answers.length > 0) await this.#sender.acknowledge(answers);
    for (const item of items)
      if (item.kind === "whispered") await this.#overhear(item.data);
    const hasEnded = items.some(
      (item) => item.kind === "epoch ended" && item.handle === stream.handle,
    );
    if (hasEnded) {
      await this.#endEpoch(stream);
      return false;
    }
    if (!(await this.#isLive())) return false;
    await this.#flush(stream);
    return this.#isAt(stream);
  }

  async #endEpoch(stream: Stream): Promise<void> {
    if ((await this.#isLive()) && (await this.#isCurrent(stream))) {
      await this.hub.store.db.write((tx) => this.giveUp(tx, { notice: STRANDED }));
      this.dropMachine();
    }
    this.#epoch = stream.epoch + 1;
    if (await this.#isLive()) await stream.closeHandle();
  }

  async #overhear(data: Bytes): Promise<void> {
    const { keys, info } = await this.machine();
    let note;
    try {
      note = unsealNote(keys, info.stream, data);
    } catch (error) {
      if (error instanceof RemoteError) return;
      throw error;
    }
    const { store } = this.hub;
    const { account, isTyping } = note;
    if (equal(account, store.me)) return;
    const name = await store.db.read((tx) => store.views.name(tx, this.id, account));
    this.hub.tell({
      type: "typing",
      conversation: hex(this.id) as ConversationId,
      account: hex(account) as AccountId,
      name,
      isTyping,
    });
  }

  // Standing

  async giveUp(tx: Tx, why: Why): Promise<void> {
    const { hub } = this;
    const row = await this.row(tx);
    await hub.store.conversations.change(tx, this.id, { state: "broken" });
    const reception =
      why.reception ??
      new Reception(tx, hub.store, (event) => {
        hub.tell(event);
      });
    const envelope = why.envelope ?? hub.entropy(16);
    await reception.notice(row, envelope, hub.store.me, why.notice, hub.now());
  }

  async #settleIfDone(stream: Stream): Promise<void> {
    const isRead = this.#head !== null && (await this.row()).sequence >= this.#head;
    if (isRead && (await this.#isCurrent(stream)) && (await this.#sender.isIdle()))
      this.#settle();
  }

  #settle(): void {
    if (!this.#queue.isEmpty || this.isSettled) return;
    this.isSettled = true;
    this.hub.changed();
  }
}
