/** Who is in a conversation, by account. */

import { type Bytes, equal, hex } from "../../bytes.ts";
import { blob, flag, number, text } from "./columns.ts";
import { byName } from "./contacts.ts";
import { type Row, type Tx, under } from "./database.ts";

/** One account in a conversation. */
export interface MemberRow {
  readonly account: Bytes;
  readonly name: string;
  readonly isAdmin: boolean;
  readonly devices: number;
  /** The epoch since which it is a member, as far as this device knows. */
  readonly since: number;
}

/** Reads and writes members. */
export class MemberTable {
  /** Write who is a member in an epoch; who was one before is one since then. */
  async save(
    tx: Tx,
    conversation: Bytes,
    epoch: number,
    people: readonly Omit<MemberRow, "since">[],
  ): Promise<void> {
    const old = await this.of(tx, conversation);
    const id = hex(conversation);
    for (const one of old)
      if (!people.some((now) => equal(now.account, one.account)))
        await tx.delete("members", [id, tx.db.blind(one.account)]);
    for (const one of people) {
      const before = old.find((known) => equal(known.account, one.account));
      const { account, name, isAdmin, devices } = one;
      const isSame =
        before?.name === name &&
        before.isAdmin === isAdmin &&
        before.devices === devices;
      if (isSame) continue;
      const fields = { conversation: id, account: tx.db.blind(account) };
      const since = before?.since ?? epoch;
      await tx.put("members", fields, [account, name, isAdmin, devices, since]);
    }
  }

  /** Return every member, by name. */
  async of(tx: Tx, conversation: Bytes): Promise<readonly MemberRow[]> {
    const rows = await tx.all("members", null, under(hex(conversation)));
    return rows.map(read).sort(byName);
  }

  /** Return one member. */
  async find(tx: Tx, conversation: Bytes, account: Bytes): Promise<MemberRow | null> {
    const row = await tx.get("members", [hex(conversation), tx.db.blind(account)]);
    return row && read(row);
  }

  /** Whether an account is a member and was one in an epoch. */
  async mayHear(
    tx: Tx,
    conversation: Bytes,
    account: Bytes,
    epoch: number,
  ): Promise<boolean> {
    const member = await this.find(tx, conversation, account);
    return member !== null && member.since <= epoch;
  }
}

function read(row: Row): MemberRow {
  const [account, name, isAdmin, devices, since] = row.secret;
  return {
    account: blob(account),
    name: text(name),
    isAdmin: flag(isAdmin),
    devices: number(devices),
    since: number(since),
  };
}
