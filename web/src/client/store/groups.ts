/**
 * The MLS groups of conversations in the store: state of the epoch, ratchets, staged
 * commit, and an invitation that waits. A version tells whether a machine in memory is
 * still the one that lies here: a step that was overtaken must not be written.
 */

import { type Bytes, equal, hex } from "../../bytes.ts";
import { LinnetError } from "../../errors.ts";
import { Group } from "../../mls/index.ts";
import { Conversation } from "../core/conversation.ts";
import { groupSettings } from "../core/people.ts";
import {
  packRejoin,
  packStaged,
  type Rejoin,
  unpackGroup,
  unpackRejoin,
  unpackStaged,
} from "../core/staging.ts";
import type { ConversationState } from "../values.ts";
import { blob, maybe, number } from "./columns.ts";
import type { ConversationTable, NewConversation } from "./conversations.ts";
import type { Database, Tx } from "./database.ts";
import type { LogTable } from "./log.ts";
import type { MemberTable } from "./members.ts";
import type { WantTable } from "./wants.ts";

/** Another step has changed the conversation in the store meanwhile; begin from there. */
export class Overtaken extends LinnetError {
  override name = "Overtaken";
}

/** Reads and writes groups. */
export class GroupTable {
  readonly #me: Bytes;
  readonly #conversations: ConversationTable;
  readonly #members: MemberTable;
  readonly #log: LogTable;
  readonly #wants: WantTable;
  readonly #versions = new WeakMap<Conversation, number>();

  constructor(
    me: Bytes,
    tables: {
      readonly conversations: ConversationTable;
      readonly members: MemberTable;
      readonly log: LogTable;
      readonly wants: WantTable;
    },
  ) {
    this.#me = me;
    this.#conversations = tables.conversations;
    this.#members = tables.members;
    this.#log = tables.log;
    this.#wants = tables.wants;
  }

  /** Write a new conversation; what it is comes from its group. */
  async add(
    tx: Tx,
    machine: Conversation,
    more: Pick<NewConversation, "state" | "createdAt"> & Partial<NewConversation>,
  ): Promise<void> {
    const { kind, title, relay, stream } = machine.info;
    const where = { relay: relay.key, stream };
    this.#conversations.add(tx, { id: machine.id, kind, title, ...where, ...more });
    await this.#write(tx, machine, 1);
    await this.#writeEpoch(tx, machine, null);
    await this.saveCircle(tx, machine);
  }

  /** Build the machine of a conversation from what was stored; null if it is not there. */
  async load(db: Database, conversation: Bytes): Promise<Conversation | null> {
    const found = await db.read(async (tx) => {
      const group = await tx.get("groups", hex(conversation));
      const ratchet = await tx.get("ratchets", hex(conversation));
      const past = await this.#log.past(tx, conversation, Infinity);
      return group && ratchet && { group, ratchet, past };
    });
    if (!found) return null;
    const [epochState, staged] = found.group.secret;
    const [version, ratchetState] = found.ratchet.secret;
    const settings = { settings: groupSettings() };
    const group = await Group.restore(blob(epochState), blob(ratchetState), settings);
    const machine = Conversation.of(this.#me, group);
    machine.staged = maybe(staged, (packed) => unpackStaged(blob(packed)));
    machine.past = new Map([...found.past].filter(([epoch]) => epoch < group.epoch));
    this.#versions.set(machine, number(version));
    return machine;
  }

  /** Write what every message changes. Throws `Overtaken`. */
  async saveRatchet(tx: Tx, machine: Conversation): Promise<void> {
    const row = await tx.get("ratchets", hex(machine.id));
    const version = row ? number(row.secret[0]) : 0;
    if (version !== this.#versions.get(machine))
      throw new Overtaken(
        "A conversation was changed meanwhile; it goes on from there.",
      );
    await this.#write(tx, machine, version + 1);
  }

  /** Write what a commit or a proposal changes. Throws `Overtaken`. */
  async saveEpoch(tx: Tx, machine: Conversation): Promise<void> {
    await this.saveRatchet(tx, machine);
    const row = await tx.get("groups", hex(machine.id));
    await this.#writeEpoch(tx, machine, maybe(row?.secret[2], blob));
  }

  /** Write title, relay, keys of the epoch and members after a commit. */
  async saveCircle(tx: Tx, machine: Conversation): Promise<void> {
    const { title, relay, stream } = machine.info;
    const { circle } = machine;
    await this.#log.keepKeys(tx, machine.id, machine.keys);
    const people = new Map<string, { name: string; account: Bytes; devices: number }>();
    for (const { account, name } of circle.people) {
      const devices = (people.get(hex(account))?.devices ?? 0) + 1;
      people.set(hex(account), { account, name, devices });
    }
    const members = [...people.values()].map((one) => ({
      ...one,
      isAdmin: circle.isAdmin(one.account),
    }));
    await this.#members.save(tx, machine.id, machine.keys.epoch, members);
    await this.#conversations.change(tx, machine.id, {
      title,
      relay: relay.key,
      stream,
      memberCount: members.length,
      isAdmin: members.some((one) => one.isAdmin && equal(one.account, this.#me)),
    });
  }

  /** Return the newest epoch this device has been in; -1 for none. */
  async epoch(tx: Tx, conversation: Bytes): Promise<number> {
    return (await this.#log.epochs(tx, conversation))[0] ?? -1;
  }

  /** Keep an invitation back until this device has seen that it was removed. */
  async stashRejoin(tx: Tx, conversation: Bytes, rejoin: Rejoin): Promise<void> {
    const row = await tx.get("groups", hex(conversation));
    if (!row) return;
    const [epochState, staged] = row.secret;
    const kept = [blob(epochState), maybe(staged, blob), packRejoin(rejoin)];
    await tx.put("groups", row.fields, kept);
  }

  /** Return the invitation that was kept. */
  async stashedRejoin(tx: Tx, conversation: Bytes): Promise<Rejoin | null> {
    const row = await tx.get("groups", hex(conversation));
    return maybe(row?.secret[2], (packed) => unpackRejoin(blob(packed)));
  }

  /** Take up a conversation again where an invitation leads; `machine` is its group. */
  async rejoin(
    tx: Tx,
    machine: Conversation,
    at: { readonly sequence: number; readonly envelope: Bytes },
    state: ConversationState,
  ): Promise<void> {
    const { sequence, envelope } = at;
    await this.#conversations.change(tx, machine.id, {
      state,
      isOnRelay: true,
      isRestored: false,
      freshenedAt: 0,
      isDoubtful: true,
      sequence,
      envelope,
    });
    await this.#wants.forget(tx, machine.id);
    const row = await tx.get("ratchets", hex(machine.id));
    await this.#write(tx, machine, (row ? number(row.secret[0]) : 0) + 1);
    await this.#writeEpoch(tx, machine, null);
    await this.saveCircle(tx, machine);
  }

  /** Return the group of an invitation that was kept. */
  async machineOf(rejoin: Rejoin): Promise<Conversation> {
    return Conversation.of(this.#me, await unpackGroup(rejoin.group));
  }

  async #write(tx: Tx, machine: Conversation, version: number): Promise<void> {
    const fields = { conversation: hex(machine.id) };
    await tx.put("ratchets", fields, [version, machine.group.ratchetState()]);
    // Whoever fails to commit this drops the machine.
    this.#versions.set(machine, version);
  }

  async #writeEpoch(
    tx: Tx,
    machine: Conversation,
    rejoin: Bytes | null,
  ): Promise<void> {
    const fields = { conversation: hex(machine.id) };
    const staged = machine.staged && packStaged(machine.staged);
    await tx.put("groups", fields, [machine.group.epochState(), staged, rejoin]);
  }
}
