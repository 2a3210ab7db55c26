/**
 * The middle of a running client: store, lines, tasks, and who is told.
 *
 * Starts a task for each relay and each conversation and wakes them when the store has
 * something for them. Knows no rules; those are in the machines.
 */

import type { Said } from "../../sentences/index.ts";
import { type Bytes, fromHex, hex } from "../../bytes.ts";
import type { Budget } from "../../carriers/budget.ts";
import type { Dial, Way } from "../../carriers/carrier.ts";
import type { Line } from "../../carriers/line.ts";
import type { Address, RelayDescriptor } from "../../wire/links.ts";
import { encodeContent, messageId, mimiId, newContent } from "../core/content.ts";
import type { Content } from "../core/content.ts";
import type { Entropy } from "../core/gcm.ts";
import { DELIVERED, READ, receiptsPart } from "../core/meaning.ts";
import { DEVICES } from "../core/info.ts";
import type { Part } from "../core/parts.ts";
import type { Event } from "../events.ts";
import type { ConversationRow } from "../store/conversations.ts";
import type { Tx } from "../store/database.ts";
import type { Store } from "../store/home.ts";
import type { OutState } from "../store/outbox.ts";
import { shownConversation } from "../store/overview.ts";
import type { ConversationId, Status } from "../values.ts";
import { Teller } from "./teller.ts";
import { Bell, Stopped } from "./waiting.ts";
import { Watches } from "./watches.ts";

/** Accounts in a conversation; in larger ones receipts would outnumber messages. */
const MOST_WITH_RECEIPTS = 32;
const RECEIPTS_AT_ONCE = 200;

/** A task of the hub that can be woken and asked whether it has done all. */
export interface Worker {
  readonly isSettled: boolean;
  /** Why it does not get on, null when it does. */
  readonly trouble: Said | null;
  /** The relay it looks after, in hexadecimal, if it is of one. */
  readonly relay?: string;
  /** Look whether there is something to do. */
  wake(): void;
  /** Work until aborted; rejects with `Stopped` then. */
  run(signal: AbortSignal): Promise<void>;
}

/** The task of one conversation, as the hub knows it. */
export interface FollowerPort extends Worker {
  /** Forget machine and session: an invitation has put another group in place. */
  beginAnew(): void;
  /** Pass something to members who are online, if that is possible now. */
  whisper(data: Bytes): Promise<void>;
}

/** The ways there are to a relay, and how they are dialled. */
export interface Carriers {
  readonly ways: (relay: RelayDescriptor, roads: readonly Address[]) => readonly Way[];
  readonly dial: Dial;
  readonly budget: Budget;
}

/** What differs between a page, a test and another place the client runs in. */
export interface Surroundings {
  /** Milliseconds since 1970. */
  readonly now: () => number;
  readonly entropy: Entropy;
  /** What lines are made of, for who tries every way. */
  readonly carriers: Carriers;
  /**
   * Make the line to a relay; `changed` is to be called when its status is another, and
   * `roads` are those that only this person and contacts have.
   */
  readonly lineTo: (
    relay: RelayDescriptor,
    pass: Bytes | null,
    changed: () => void,
    roads?: () => readonly Address[],
  ) => Line;
}

/** What a part says besides itself. */
export interface Saying {
  /** What makes it the one that it is; random bytes where nothing is given. */
  readonly salt?: Bytes | null;
  readonly replaces?: Bytes | null;
  readonly inReplyTo?: Bytes | null;
  readonly expires?: Content["expires"];
  readonly extensions?: Content["extensions"];
  readonly state?: OutState;
}

/** What the tasks of a client share. */
export class Hub {
  readonly store: Store;
  readonly teller = new Teller();
  readonly watches = new Watches(() => this.now());
  readonly followers = new Map<string, FollowerPort>();
  readonly workers: Worker[] = [];
  courier: Worker | null = null;
  /** Counts the times the list of this account's devices has changed. */
  devicesVersion = 0;
  uploads: Worker | null = null;
  clock: Worker | null = null;
  makeFollower: ((conversation: Bytes) => FollowerPort) | null = null;
  describe: (() => Promise<Status>) | null = null;
  readonly around: Surroundings;
  readonly #lines = new Map<string, Line>();
  readonly #abort = new AbortController();
  readonly #stoppers = new Set<AbortController>();
  readonly #changes = new Set<Bell>();
  #isRunning = false;
  #isDescribing = false;

  constructor(store: Store, around: Surroundings) {
    this.store = store;
    this.around = around;
    store.db.settled.push((tx, id) => this.#tellConversation(tx, id));
  }

  /** Milliseconds since 1970, by this machine's clock. */
  now(): number {
    return this.around.now();
  }

  /** Random bytes. */
  get entropy(): Entropy {
    return this.around.entropy;
  }

  /** Ends all that works. */
  get signal(): AbortSignal {
    return this.#abort.signal;
  }

  /** Run every worker. */
  start(): void {
    for (const line of this.lines) void line.run();
    this.#isRunning = true;
    for (const worker of [...this.workers, ...this.followers.values()])
      this.begin(worker);
  }

  /** Run a worker, if the client is connected. */
  begin(worker: Worker): void {
    if (!this.#isRunning) return;
    // One signal for each: so many wait on it at once.
    const { signal } = this.#stopper();
    worker.run(signal).catch((error: unknown) => {
      if (!(error instanceof Stopped) && !signal.aborted) throw error;
    });
  }

  #stopper(): AbortController {
    const own = new AbortController();
    this.#stoppers.add(own);
    return own;
  }

  /** Return the line to a relay, begun when it is the first to need it. */
  line(relay: RelayDescriptor): Line {
    const id = hex(relay.key);
    const found = this.#lines.get(id);
    if (found) return found;
    const known = this.store.account.knownRelay(relay.key);
    const line = this.around.lineTo(
      known?.isMine ? known.descriptor : relay,
      known?.passToken ?? null,
      () => {
        this.connectionChanged();
      },
      () => this.roadsTo(relay.key),
    );
    this.#lines.set(id, line);
    if (this.#isRunning) void line.run();
    return line;
  }

  /** The roads to a relay that are not in its descriptor: the person's, then contacts'. */
  roadsTo(relay: Bytes): readonly Address[] {
    const { account, sharedRoads } = this.store;
    return [...account.roadsTo(relay), ...sharedRoads.to(relay)];
  }

  /** Every line there is. */
  get lines(): readonly Line[] {
    return [...this.#lines.values()];
  }

  /** The line to a relay, if anybody needed it yet. */
  lineOf(relay: Bytes): Line | null {
    return this.#lines.get(hex(relay)) ?? null;
  }

  /** Try every relay that is waited for at once. */
  hurry(): void {
    for (const line of this.lines) line.hurry();
  }

  /** End every task and every session. */
  close(): void {
    this.#abort.abort();
    for (const one of this.#stoppers) one.abort();
    for (const line of this.lines) line.close();
  }

  /** Begin to follow a conversation that is new here. */
  openConversation(conversation: Bytes): void {
    const id = hex(conversation);
    if (!this.makeFollower || this.followers.has(id)) return;
    const follower = this.makeFollower(conversation);
    this.followers.set(id, follower);
    this.begin(follower);
  }

  /** Follow a conversation from what the store holds of it now. */
  beginAnew(conversation: Bytes): void {
    const follower = this.followers.get(hex(conversation));
    if (follower) follower.beginAnew();
    else this.openConversation(conversation);
  }

  // Telling

  /** Tell whoever listens. */
  tell(event: Event): void {
    this.teller.tell(event);
  }

  /** Something about connections or progress has changed. */
  changed(): void {
    for (const bell of this.#changes) bell.ring();
  }

  /** A relay was reached or lost, or the reason has changed. */
  connectionChanged(): void {
    this.changed();
    if (!this.describe || this.#isDescribing) return;
    this.#isDescribing = true;
    queueMicrotask(() => {
      this.#isDescribing = false;
      if (this.signal.aborted) return;
      this.describe?.().then(
        (status) => {
          this.tell({ type: "status changed", status });
        },
        () => undefined, // a store that is closing is described no more
      );
    });
  }

  /** Wait until every task has done all it can, or the time is over. */
  async settle(milliseconds: number): Promise<boolean> {
    const bell = new Bell();
    this.#changes.add(bell);
    const end = Date.now() + milliseconds;
    try {
      while (!this.isSettled) {
        const left = end - Date.now();
        if (left <= 0) return false;
        bell.still();
        await bell.wait(this.signal, left);
      }
      return true;
    } finally {
      this.#changes.delete(bell);
    }
  }

  async #tellConversation(tx: Tx, id: string): Promise<void> {
    const row = await this.store.conversations.row(tx, fromHex(id));
    if (!row) {
      const conversation = id as ConversationId;
      tx.afterCommit(() => {
        this.tell({ type: "conversation gone", conversation });
      });
    } else if (row.state !== "request" && row.kind !== DEVICES) {
      const conversation = await shownConversation(tx, this.store, row);
      tx.afterCommit(() => {
        this.tell({ type: "conversation changed", conversation });
      });
    }
  }

  // Waking

  /** Let every conversation look whether all devices of this account are in it. */
  devicesChanged(): void {
    this.devicesVersion++;
    for (const follower of this.followers.values()) follower.wake();
  }

  /** Wake the task of a conversation. */
  wake(conversation: Bytes): void {
    this.followers.get(hex(conversation))?.wake();
  }

  /** Whether every task has done all it can. */
  get isSettled(): boolean {
    return [...this.followers.values(), ...this.workers].every((one) => one.isSettled);
  }

  // Writing

  /**
   * Queue a content; return its message id and its MIMI id, and whether it is a new one:
   * what has the salt of a message that is there already is that message.
   */
  async compose(
    tx: Tx,
    conversation: Bytes,
    part: Part,
    saying: Saying = {},
  ): Promise<{
    readonly message: Bytes;
    readonly mimi: Bytes;
    readonly isNew: boolean;
  }> {
    const { state = "waiting", salt, ...more } = saying;
    const content = newContent(salt ?? this.entropy(16), part, more);
    const data = encodeContent(content);
    const mimi = mimiId(this.store.me, conversation, data, content.salt);
    const message = messageId(mimi);
    if (salt && (await this.store.messages.find(tx, conversation, message)))
      return { message, mimi, isNew: false };
    await this.store.outbox.add(tx, conversation, message, data, { state });
    tx.afterCommit(() => {
      this.wake(conversation);
    });
    return { message, mimi, isNew: true };
  }

  /** Queue the wish to leave. */
  async proposeLeaving(tx: Tx, conversation: Bytes): Promise<void> {
    const nothing = new Uint8Array(0);
    const how = { kind: "leaving" } as const;
    await this.store.outbox.add(tx, conversation, this.entropy(16), nothing, how);
    tx.afterCommit(() => {
      this.wake(conversation);
    });
  }

  /** Queue receipts, unless their owner keeps them to themselves. */
  async confirm(
    tx: Tx,
    row: ConversationRow,
    messages: readonly Bytes[],
    isRead: boolean,
  ): Promise<void> {
    const { readReceipts, deliveryReceipts } = this.store.profile.preferences;
    const isWanted = isRead ? readReceipts : deliveryReceipts;
    if (!isWanted || row.state !== "active" || row.memberCount > MOST_WITH_RECEIPTS)
      return;
    const status = isRead ? READ : DELIVERED;
    for (let begin = 0; begin < messages.length; begin += RECEIPTS_AT_ONCE) {
      const some = messages.slice(begin, begin + RECEIPTS_AT_ONCE);
      const statuses = some.map((mimi) => [mimi, status] as const);
      await this.compose(tx, row.id, receiptsPart(statuses, this.now()));
    }
  }
}
