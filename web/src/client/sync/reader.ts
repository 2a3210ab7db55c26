/**
 * Stores what a conversation's stream brings, batch by batch.
 *
 * One transaction holds envelopes, messages, ratchet and cursor, so a crash at any
 * instant leaves a state from which reading goes on without loss or repetition. What MLS
 * makes of envelopes is worked out before it; a change of epoch ends a batch.
 */

import { type Bytes, equal, hex } from "../../bytes.ts";
import { Forged, Malformed, Refused } from "../../errors.ts";
import type { Envelope } from "../../wire/replies.ts";
import { Refusal } from "../../wire/tables.ts";
import { LARGEST_CONTENT } from "../core/content.ts";
import type { Conversation } from "../core/conversation.ts";
import type { BlobRef } from "../core/envelope.ts";
import { againPart, missedPart, MOST_RECEIPTS } from "../core/meaning.ts";
import { DEVICES } from "../core/info.ts";
import type { EpochChanged, Outcome } from "../core/outcomes.ts";
import { blobs } from "../later.ts";
import type { ConversationRow } from "../store/conversations.ts";
import type { Tx } from "../store/database.ts";
import { Overtaken } from "../store/groups.ts";
import type { Held } from "../store/log.ts";
import { epochChanged } from "./epochs.ts";
import type { Followed } from "./followed.ts";
import { notice } from "./notices.ts";
import { Reception } from "./reception.ts";
import { LIVE } from "./rejoining.ts";
import type { Sender } from "./sender.ts";
import type { Stream } from "./stream.ts";

/** What a content that repeats another one takes more than that one. */
const ROOM = 256;
/** Stands for a blob that is not there; no message is empty, so it is skipped. */
const NOTHING: Bytes = new Uint8Array(0);

/** One envelope and what came of it; `outcome` is null where there was nothing to open. */
interface Step {
  readonly held: Held;
  readonly isKnown: boolean;
  readonly outcome: Outcome | null;
  /** Devices of this account that were in it before and are not any more. */
  readonly gone: readonly Bytes[];
}

/** A batch as far as it was worked out. */
interface Batch {
  readonly steps: readonly Step[];
  /** A blob that has to be fetched before it can go on. */
  readonly needed: BlobRef | null;
}

/** Takes deliveries of one conversation into the store. */
export class Reader {
  readonly #follower: Followed;
  readonly #sender: Sender;

  constructor(follower: Followed, sender: Sender) {
    this.#follower = follower;
    this.#sender = sender;
  }

  /** Store deliveries; what lies in a blob is fetched and delivered again. */
  async take(stream: Stream, came: readonly Envelope[]): Promise<void> {
    let rest = came;
    let blob: Bytes | null = null;
    while (rest.length > 0) {
      const { steps, needed } = await this.#takeSome(rest, blob);
      rest = rest.slice(steps.length);
      blob = needed && (await fetched(stream, needed));
    }
  }

  async #takeSome(came: readonly Envelope[], blob: Bytes | null): Promise<Batch> {
    const follower = this.#follower;
    try {
      const row = await follower.row();
      const machine = await follower.machine();
      const batch = await this.#workOut(row, machine, came, blob);
      if (batch.steps.length > 0) await this.#store(row, machine, batch.steps);
      return batch;
    } catch (error) {
      follower.dropMachine();
      throw error;
    }
  }

  /** Open envelopes up to one that lies in a blob, or that changes the epoch. */
  async #workOut(
    row: ConversationRow,
    machine: Conversation,
    came: readonly Envelope[],
    blob: Bytes | null,
  ): Promise<Batch> {
    const { hub } = this.#follower;
    const isLive = LIVE.includes(row.state);
    const { known, ours } = await this.#lookUp(row, came);
    const steps: Step[] = [];
    for (const one of came) {
      const held = heldOf(one);
      const isKnown = known.has(hex(one.envelope));
      known.add(hex(one.envelope));
      if (isKnown || !isLive || !one.data.length || !concernsUs(machine, one.epoch)) {
        steps.push({ held, isKnown, outcome: null, gone: [] });
        continue;
      }
      const isOurs = ours.has(hex(one.envelope));
      const body = steps.length === 0 ? blob : null;
      const arrival = { epoch: held.epoch, envelope: held.id, data: held.data };
      const more = { blob: body, isOurs };
      const before = devicesIn(machine);
      const outcome = await machine.receive({ ...arrival, ...more }, hub.now());
      if (outcome.kind === "blob needed") return { steps, needed: outcome.blob };
      const after = devicesIn(machine);
      const gone = before.filter((id) => !after.some((one) => equal(one, id)));
      steps.push({ held, isKnown, outcome, gone });
      if (endsBatch(outcome)) break;
    }
    return { steps, needed: null };
  }

  #lookUp(
    row: ConversationRow,
    came: readonly Envelope[],
  ): Promise<{ known: Set<string>; ours: Set<string> }> {
    const { store } = this.#follower.hub;
    return store.db.read(async (tx) => {
      const known = new Set<string>();
      const ours = new Set<string>();
      for (const { envelope } of came) {
        if (await store.log.has(tx, row.id, envelope)) known.add(hex(envelope));
        if (await store.outbox.find(tx, row.id, envelope)) ours.add(hex(envelope));
      }
      return { known, ours };
    });
  }

  async #store(
    before: ConversationRow,
    machine: Conversation,
    steps: readonly Step[],
  ): Promise<void> {
    const { hub } = this.#follower;
    const { store } = hub;
    await store.db.write(async (tx) => {
      const row = await this.#follower.row(tx);
      if (LIVE.includes(row.state) !== LIVE.includes(before.state))
        throw new Overtaken("A conversation has ended meanwhile.");
      const reception = new Reception(tx, store, (event) => {
        hub.tell(event);
      });
      for (const step of steps) await this.#storeOne(reception, machine, step);
      const now = await this.#follower.row(tx);
      if (reception.toConfirm.length > 0)
        await hub.confirm(tx, now, reception.toConfirm, false);
      await this.#heal(tx, now, reception);
      await this.#keep(tx, machine, steps.at(-1)?.outcome ?? null);
    });
    this.#settle(steps.at(-1)?.outcome ?? null);
    if (steps.some((step) => step.outcome)) hub.clock?.wake();
    if (steps.some((step) => step.outcome?.kind === "epoch changed"))
      hub.courier?.wake();
  }

  /** Keep the machine as this batch has left it, unless it is of no more use. */
  async #keep(tx: Tx, machine: Conversation, last: Outcome | null): Promise<void> {
    const { groups } = this.#follower.hub.store;
    if (last?.kind === "proposal kept") await groups.saveEpoch(tx, machine);
    else if (last?.kind === "epoch changed") {
      if (!last.removedMe) await groups.saveEpoch(tx, machine);
    } else if (last && last.kind !== "broken") await groups.saveRatchet(tx, machine);
  }

  /** Let the sender know, and forget a machine that has ended. */
  #settle(last: Outcome | null): void {
    const { committer } = this.#sender;
    if (last?.kind === "proposal kept")
      committer.commitAt = this.#follower.hub.now() + last.delay;
    if (last?.kind === "epoch changed") committer.epochChanged();
    const isOver = last?.kind === "epoch changed" && last.removedMe;
    if (isOver || last?.kind === "broken") this.#follower.dropMachine();
  }

  /** Ask for what was missed, and say again what others have missed. */
  async #heal(tx: Tx, row: ConversationRow, reception: Reception): Promise<void> {
    const { hub } = this.#follower;
    if (row.state !== "active") return;
    for (let begin = 0; begin < reception.toAsk.length; begin += MOST_RECEIPTS) {
      const asked = reception.toAsk.slice(begin, begin + MOST_RECEIPTS);
      await hub.compose(tx, row.id, missedPart(asked));
    }
    for (const content of reception.toRepeat)
      if (content.length <= LARGEST_CONTENT - ROOM)
        await hub.compose(tx, row.id, againPart(content));
  }

  async #storeOne(
    reception: Reception,
    machine: Conversation,
    { held, isKnown, outcome, gone }: Step,
  ): Promise<void> {
    const { tx, store } = reception;
    const row = await this.#follower.row(tx);
    if (isKnown) {
      await store.log.place(tx, row.id, held);
      await reception.seenAgain(row, held);
    } else if (outcome) {
      const isCommit = outcome.kind === "epoch changed";
      await store.log.hold(tx, row.id, { ...held, isCommit });
    }
    // A commit that moves the conversation sets the cursor anew after this.
    const { sequence, id: envelope } = held;
    await store.conversations.change(tx, row.id, { sequence, envelope });
    if (outcome) await this.#apply(reception, row, machine, held, outcome, gone);
  }

  async #apply(
    reception: Reception,
    row: ConversationRow,
    machine: Conversation,
    held: Held,
    outcome: Outcome,
    gone: readonly Bytes[],
  ): Promise<void> {
    switch (outcome.kind) {
      case "spoken":
        await reception.hear(row, outcome, held);
        break;
      case "own returned":
        await reception.ownReturned(row, held);
        break;
      case "epoch changed":
        await this.#enter(reception, row, machine, held, outcome, gone);
        break;
      case "proposal kept":
        break;
      case "unreadable":
        if (outcome.isLate) await reception.missed(row, held);
        else await reception.unreadable(row, held);
        break;
      case "blob needed":
        await reception.unreadable(row, held);
        break;
      case "broken":
        await this.#follower.giveUp(reception.tx, {
          notice: notice("stranded", [], outcome.sentence),
          reception,
          envelope: held.id,
        });
    }
  }

  async #enter(
    reception: Reception,
    row: ConversationRow,
    machine: Conversation,
    held: Held,
    outcome: EpochChanged,
    gone: readonly Bytes[],
  ): Promise<void> {
    const { hub } = this.#follower;
    const { tx, store } = reception;
    if (outcome.isMine)
      await store.conversations.change(tx, row.id, { freshenedAt: hub.now() });
    await epochChanged(hub, reception, row, machine, outcome, held, gone);
    if (row.state === "leaving" && !outcome.removedMe && machine.siblings.length === 0)
      // A proposal ends with the epoch it was made in.
      await hub.proposeLeaving(tx, row.id);
  }
}

async function fetched(stream: Stream, needed: BlobRef): Promise<Bytes> {
  try {
    return await (await blobs()).fetchSmall(stream.line, needed);
  } catch (error) {
    if (error instanceof Forged || error instanceof Malformed) return NOTHING;
    const codes: readonly number[] = [Refusal.NO_SUCH_BLOB, Refusal.BLOB_INCOMPLETE];
    if (error instanceof Refused && codes.includes(error.code)) return NOTHING;
    throw error;
  }
}

function heldOf(one: Envelope): Held {
  const { sequence, envelope: id, epoch, timeMs, data } = one;
  return { sequence, id, epoch, timeMs, isCommit: false, data };
}

/** The devices that are in the conversation of this account's own; none in any other. */
function devicesIn(machine: Conversation): readonly Bytes[] {
  if (machine.info.kind !== DEVICES) return [];
  return machine.members.map((one) => one.device);
}

/** Whether this device was in the conversation in an epoch, and remembers it. */
function concernsUs(machine: Conversation, epoch: number): boolean {
  return epoch >= machine.keys.epoch || machine.past.has(epoch);
}

function endsBatch({ kind }: Outcome): boolean {
  return kind === "epoch changed" || kind === "broken" || kind === "proposal kept";
}
