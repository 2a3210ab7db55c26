/**
 * Makes and sends the commits of one conversation (spec/conversations.md §6.3): for what
 * is wanted, for proposals of others that are due, for keys of its own, and to take its
 * own place after a restore.
 */

import type { Code } from "../../sentences/index.ts";
import { type Bytes, concat, equal, utf8 } from "../../bytes.ts";
import { MLSError } from "../../mls/index.ts";
import { uint } from "../../wire/fields.ts";
import { stage, stageResync } from "../core/commits.ts";
import type { Conversation } from "../core/conversation.ts";
import { epochHashes } from "../core/envelope.ts";
import { sha256 } from "../core/gcm.ts";
import { streamControlToken } from "../core/keys.ts";
import { type Plan, plan } from "../core/plans.ts";
import type { Staged } from "../core/staging.ts";
import { blobs } from "../later.ts";
import type { ConversationRow } from "../store/conversations.ts";
import type { Tx } from "../store/database.ts";
import type { WantRow } from "../store/wants.ts";
import type { Followed } from "./followed.ts";
import type { Hub } from "./hub.ts";
import { ownIdentity } from "./identities.ts";
import { notice } from "./notices.ts";
import { Reception } from "./reception.ts";
import type { Stream } from "./stream.ts";
import { TooLate, within } from "./waiting.ts";

const MOVE_MS = 20_000;
const SOON_MS = 10_000;
const WEEK_MS = 7 * 24 * 3600 * 1000;

/** Commits for one follower. */
export class Committer {
  /** When proposals of others are to be committed by this device, in milliseconds. */
  commitAt: number | null = null;
  /** The staged commit is on its way in this session. */
  isSent = false;
  readonly #follower: Followed;
  #freshAt: number | null = null;

  constructor(follower: Followed) {
    this.#follower = follower;
  }

  /** When there is something to commit again. */
  get alarms(): readonly (number | null)[] {
    return [this.commitAt, this.#freshAt];
  }

  /** Begin anew in a new session: what is unanswered is sent again. */
  async begin(): Promise<void> {
    this.isSent = false;
    this.#freshAt = this.#planFreshening(await this.#follower.row());
    const { group } = await this.#follower.machine();
    if (group.pendingProposals.length > 0) this.commitAt ??= this.#follower.hub.now();
  }

  /** A commit was adopted; ours, if there was one, is through or lost. */
  epochChanged(): void {
    this.commitAt = null;
    this.isSent = false;
  }

  /** Make a commit if there is need for one, and send the one that is made. */
  async flush(row: ConversationRow, stream: Stream): Promise<void> {
    const machine = await this.#follower.machine();
    if (!machine.staged) {
      if (row.isRestored) await this.#stageResync(machine);
      else await this.#stage(row, machine);
    }
    const { staged } = await this.#follower.machine();
    if (staged && !this.isSent) await this.#send(stream, staged);
  }

  async #stage(row: ConversationRow, machine: Conversation): Promise<void> {
    const { hub } = this.#follower;
    const now = hub.now();
    const isLeaving = row.state === "leaving";
    const all = await hub.store.db.read((tx) => hub.store.wants.of(tx, row.id));
    // Whoever leaves takes the other devices out first, and nothing else.
    const wanted = isLeaving
      ? all.filter(({ want }) => want.kind === "device gone")
      : awaitsPackages(all)
        ? []
        : all;
    const pairs = wanted.map((one) => [one.number, one.want] as const);
    const planned = await plan(machine, pairs, now);
    const isFresh = this.#isStale(row, now) && !machine.isAlone && !isLeaving;
    const isDue = this.commitAt !== null && now >= this.commitAt;
    const hasPending = machine.group.pendingProposals.length > 0;
    if (isDue && !hasPending) this.commitAt = null;
    const isWanted = planned.wants.length > 0 || isFresh || (isDue && hasPending);
    if (!isWanted && planned.settled.length + planned.refused.length === 0) return;
    await this.#keep(row, machine, planned, isWanted);
  }

  async #keep(
    row: ConversationRow,
    machine: Conversation,
    planned: Plan,
    isWanted: boolean,
  ): Promise<void> {
    const { hub } = this.#follower;
    const { db, groups, wants } = hub.store;
    try {
      if (isWanted) {
        const how = { now: hub.now(), entropy: hub.entropy };
        machine.staged = await stage(machine, planned, how);
      }
      await db.write(async (tx) => {
        for (const number of planned.settled) await wants.settle(tx, number);
        for (const [number, why] of planned.refused)
          await this.#refuse(tx, row, number, why);
        if (isWanted) await groups.saveEpoch(tx, machine);
      });
    } catch (error) {
      this.#follower.dropMachine();
      if (!(error instanceof MLSError)) throw error;
      this.commitAt = null;
      await db.write(async (tx) => {
        for (const number of planned.wants)
          await this.#refuse(tx, row, number, "odd package");
      });
    }
  }

  /** Note that something cannot be, and say so in the conversation. */
  async #refuse(
    tx: Tx,
    row: ConversationRow,
    number: number,
    reason: Code,
  ): Promise<void> {
    const { hub } = this.#follower;
    const { store } = hub;
    await store.wants.refuse(tx, number, reason);
    const envelope = sha256(concat(utf8("want"), uint(8, number))).slice(0, 16);
    const reception = new Reception(tx, store, (event) => {
      hub.tell(event);
    });
    const what = notice("refused want", [], reason);
    await reception.notice(row, envelope, store.me, what, hub.now());
  }

  async #stageResync(machine: Conversation): Promise<void> {
    const { hub } = this.#follower;
    const { db, groups, profile } = hub.store;
    try {
      const identity = await ownIdentity(profile);
      machine.staged = await stageResync(machine, identity, profile.name, hub.entropy);
      await db.write((tx) => groups.saveEpoch(tx, machine));
    } catch (error) {
      this.#follower.dropMachine();
      throw error;
    }
  }

  async #send(stream: Stream, staged: Staged): Promise<void> {
    const { blob, move } = staged;
    if (blob)
      await (await blobs()).putSmall(stream.line, stream.handle, blob.ref, blob.sealed);
    if (move && !(await this.#prepareMove(staged, move))) return;
    this.isSent = true;
    await stream.commit(staged.envelope, staged.data, staged.nextKeys);
  }

  /** Create the stream the conversation moves to, or give the move up. */
  async #prepareMove({ nextKeys }: Staged, move: Bytes): Promise<boolean> {
    const { hub, id } = this.#follower;
    const { db, wants } = hub.store;
    for (const { number, want } of await db.read((tx) => wants.of(tx, id))) {
      if (want.kind !== "move" || !equal(want.stream, move)) continue;
      const [appendHash, readHash] = epochHashes(nextKeys);
      const line = hub.line(want.relay);
      const create = async (): Promise<unknown> => {
        await line.up();
        return line.ask({
          type: "Create",
          stream: want.stream,
          isFenced: true,
          epoch: nextKeys.epoch,
          retentionSeconds: 0,
          appendHash,
          readHash,
          controlHash: controlHash(hub, want.relay.key, want.stream),
        });
      };
      try {
        await within(create(), MOVE_MS, hub.signal);
      } catch (error) {
        if (!(error instanceof TooLate)) throw error;
        await this.#dropMove(number);
        return false;
      }
      return true;
    }
    return true;
  }

  async #dropMove(number: number): Promise<void> {
    const { hub } = this.#follower;
    const machine = await this.#follower.machine();
    machine.staged = null;
    await hub.store.db.write(async (tx) => {
      const row = await this.#follower.row(tx);
      await this.#refuse(tx, row, number, "relay away");
      await hub.store.groups.saveEpoch(tx, machine);
    });
  }

  /**
   * Choose when to give the group new keys: soon after joining, then weekly. Members
   * choose different moments, so that they seldom commit at once.
   */
  #planFreshening(row: ConversationRow): number {
    const { hub } = this.#follower;
    const now = hub.now();
    const spread = (hub.entropy(1)[0] ?? 0) / 256;
    const left = Math.max(0, WEEK_MS - (now - row.freshenedAt));
    return now + SOON_MS * (1 + spread) + left;
  }

  /** Whether it is time for new keys; if it is not yet, choose when. */
  #isStale(row: ConversationRow, now: number): boolean {
    if (this.#freshAt === null || now < this.#freshAt) return false;
    this.#freshAt = this.#planFreshening(row);
    return now - row.freshenedAt >= WEEK_MS;
  }
}

/** Whether a key package is still being claimed for the first time. */
function awaitsPackages(wanted: readonly WantRow[]): boolean {
  return wanted.some(
    (one) => one.want.kind === "member" && !one.hasPackage && one.tryAt === 0,
  );
}

/** Return the hash of the control token of a stream that this account makes. */
export function controlHash(hub: Hub, relay: Bytes, stream: Bytes): Bytes {
  return sha256(streamControlToken(hub.store.profile.ownerSecret, relay, stream));
}
