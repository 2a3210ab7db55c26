/** How a conversation is shown on this device: muted, archived, pinned, with a draft. */

import { UsageError } from "../errors.ts";
import { byteLength } from "./core/texts.ts";
import { findConversation } from "./finding.ts";
import type { ConversationRow } from "./store/conversations.ts";
import type { Hub } from "./sync/hub.ts";
import { LONGEST_TEXT } from "./writing.ts";

/** How a conversation is shown on this device. */
export type Looks = Partial<
  Pick<ConversationRow, "muted" | "archived" | "pinned" | "draft">
>;

/** Change how a conversation is shown on this device. */
export async function setLooks(hub: Hub, id: string, looks: Looks): Promise<void> {
  const { store } = hub;
  if (looks.draft !== undefined && byteLength(looks.draft) > LONGEST_TEXT)
    throw new UsageError("long draft");
  await store.db.write(async (tx) => {
    const row = await findConversation(tx, store, id);
    await store.conversations.change(tx, row.id, looks);
    if (looks.muted !== undefined)
      tx.afterCommit(() => {
        hub.wake(row.id);
      });
  });
}
