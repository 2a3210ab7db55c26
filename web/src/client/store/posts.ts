/** Invitations on their way into other people's inboxes. */

import type { Code } from "../../sentences/index.ts";
import { type Bytes, equal, fromHex, hex } from "../../bytes.ts";
import { blob, maybe, number, text } from "./columns.ts";
import type { Row, Tx } from "./database.ts";

/** One invitation to put into an inbox. */
export interface PostRow {
  readonly envelope: Bytes;
  readonly conversation: Bytes;
  readonly recipient: Bytes;
  /** The invite link it goes by. */
  readonly card: Bytes;
  readonly body: Bytes;
}

interface Kept extends PostRow {
  readonly number: number | null;
  readonly state: "pending" | "posted" | "refused";
  /** Where it was posted. */
  readonly relay: string | null;
  readonly reason: string | null;
  readonly tryAt: number;
  readonly madeAt: number;
}

/** Reads and writes invitations; times in milliseconds. */
export class PostTable {
  /** Queue an invitation. */
  async add(tx: Tx, post: PostRow, now: number): Promise<void> {
    const fresh = { number: null, relay: null, reason: null, tryAt: 0, madeAt: now };
    await save(tx, { ...post, ...fresh, state: "pending" });
  }

  /** Return the invitations to send now. */
  async due(tx: Tx, now: number): Promise<readonly PostRow[]> {
    const rows = (await tx.all("posts", "state", "pending")).map(read);
    return rows.filter((one) => one.tryAt <= now);
  }

  /** Return how many invitations are not in their inbox yet. */
  pending(tx: Tx): Promise<number> {
    return tx.count("posts", "state", "pending");
  }

  /** Note that an invitation is in an inbox on a relay. */
  async posted(tx: Tx, envelope: Bytes, relay: Bytes): Promise<void> {
    await change(tx, envelope, { state: "posted", relay: tx.db.blind(relay) });
  }

  /** Try an invitation again later. */
  async delay(tx: Tx, envelope: Bytes, tryAt: number): Promise<void> {
    await change(tx, envelope, { tryAt });
  }

  /** Note that an invitation cannot be delivered. */
  async refuse(tx: Tx, envelope: Bytes, reason: Code): Promise<void> {
    await change(tx, envelope, { state: "refused", reason });
  }

  /** Send again what a relay may have lost. */
  async repost(tx: Tx, relay: Bytes): Promise<void> {
    for (const row of await tx.all("posts", "relay", tx.db.blind(relay)))
      await save(tx, { ...read(row), state: "pending", relay: null, tryAt: 0 });
  }

  /** Send what went to somebody again, by another link. */
  async repostTo(tx: Tx, recipient: Bytes, card: Bytes): Promise<void> {
    for (const row of (await tx.all("posts")).map(read))
      if (equal(row.recipient, recipient))
        await save(tx, { ...row, card, state: "pending", relay: null, tryAt: 0 });
  }

  /** Forget invitations that are too old to be sent again. */
  async prune(tx: Tx, before: number): Promise<void> {
    for (const row of (await tx.all("posts", "state", "posted")).map(read))
      if (row.madeAt < before && row.number !== null)
        await tx.delete("posts", row.number);
  }
}

async function change(tx: Tx, envelope: Bytes, more: Partial<Kept>): Promise<void> {
  const row = await tx.first("posts", "envelope", hex(envelope));
  if (row) await save(tx, { ...read(row), ...more });
}

async function save(tx: Tx, post: Kept): Promise<void> {
  const fields = {
    envelope: hex(post.envelope),
    state: post.state,
    ...(post.number === null ? {} : { number: post.number }),
    ...(post.relay === null ? {} : { relay: post.relay }),
  };
  const { conversation, recipient, card, body } = post;
  const secret = [conversation, recipient, card, body];
  await tx.put("posts", fields, [...secret, post.reason, post.tryAt, post.madeAt]);
}

function read(row: Row): Kept {
  const [conversation, recipient, card, body, reason, tryAt, madeAt] = row.secret;
  const { state } = row.fields;
  return {
    number: number(row.fields.number),
    envelope: fromHex(text(row.fields.envelope)),
    state: state === "posted" || state === "refused" ? state : "pending",
    relay: maybe(row.fields.relay, text),
    conversation: blob(conversation),
    recipient: blob(recipient),
    card: blob(card),
    body: blob(body),
    reason: maybe(reason, text),
    tryAt: number(tryAt),
    madeAt: number(madeAt),
  };
}
