/** Events about messages: put together when all of a transaction is written, told once it is on disk. */

import { type Bytes, hex } from "../../bytes.ts";
import type { Event } from "../events.ts";
import type { Tx } from "../store/database.ts";
import type { Store } from "../store/home.ts";
import type { ConversationId, MessageId } from "../values.ts";

export type Tell = (event: Event) => void;

/** Tell of a message as it stands at the end of the transaction; once, whatever happens to it. */
export function tellMessage(
  tx: Tx,
  store: Store,
  tell: Tell,
  type: "message received" | "message sent" | "message changed",
  conversation: Bytes,
  message: Bytes,
): void {
  tx.atLast(`message ${hex(conversation)} ${hex(message)}`, async () => {
    const shown = await store.views.one(tx, conversation, message);
    if (!shown) return;
    tx.afterCommit(() => {
      tell({ type, message: shown });
    });
  });
}

/** Tell that a message is not here any more. */
export function tellGone(
  tx: Tx,
  tell: Tell,
  conversation: Bytes,
  message: Bytes,
): void {
  tx.afterCommit(() => {
    tell({
      type: "message gone",
      conversation: hex(conversation) as ConversationId,
      message: hex(message) as MessageId,
    });
  });
}
