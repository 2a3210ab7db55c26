/** What a relay tells without being asked (spec/wire.md §4). */
import { checked, data, many, struct, u32, u64, u8 } from "./fields.ts";
import { ENVELOPE } from "./replies.ts";

const handle = u32;

/** The fields of each event, behind its header. */
export const EVENT_REPLIES = {
  /** Envelopes of followed streams, each with the handle it comes by. */
  Deliver: checked(
    struct({ entries: many(struct({ handle, envelope: ENVELOPE })) }),
    (value) => value.entries.length > 0,
    "A delivery is empty.",
  ),
  /** Something ephemeral from a followed stream. */
  Whisper: struct({ handle, data }),
  /** The handle's epoch ended with the commit at `sequence`; nothing more comes. */
  Ended: struct({ handle, epoch: u64, sequence: u64 }),
  /** The stream was destroyed; the handle is forgotten. */
  Gone: struct({ handle }),
  /** The relay ends the session; what was not answered must be asked again. */
  Closing: struct({
    reason: checked(
      u8,
      (reason) => reason >= 1 && reason <= 3,
      "A relay ends a session for an unknown reason.",
    ),
  }),
};
