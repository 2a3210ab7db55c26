/** A conversation as those who send and recover for it know it. */

import type { Said } from "../../sentences/index.ts";
import type { Bytes } from "../../bytes.ts";
import type { Conversation } from "../core/conversation.ts";
import type { ConversationRow } from "../store/conversations.ts";
import type { Tx } from "../store/database.ts";
import type { Notice } from "../values.ts";
import type { Hub } from "./hub.ts";
import type { Reception } from "./reception.ts";

/** The conversation was deleted; its task ends. */
export class Forgotten extends Error {
  override name = "Forgotten";
}

/** What the follower of a conversation offers its sender and its recovery. */
export interface Followed {
  readonly id: Bytes;
  readonly hub: Hub;
  /** Why it does not get on, null when it does. */
  trouble: Said | null;
  /** Since when its relay says that there is no such stream, in milliseconds. */
  goneSince: number | null;
  /** The conversation as it stands in the store. Throws `Forgotten`. */
  row(tx?: Tx): Promise<ConversationRow>;
  /** The machine, loaded from the store when it was dropped. Throws `Forgotten`. */
  machine(): Promise<Conversation>;
  /** Forget what was not stored. */
  dropMachine(): void;
  /** Follow no further, and say why in the conversation. */
  giveUp(tx: Tx, why: Why): Promise<void>;
}

/** Why a conversation is followed no further. */
export interface Why {
  readonly notice: Notice;
  readonly reception?: Reception;
  readonly envelope?: Bytes;
}
