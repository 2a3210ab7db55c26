/** What happened in a conversation, as notices for its timeline. */

import type { Bytes } from "../../bytes.ts";
import type { Change, Deed } from "../core/outcomes.ts";
import type { Notice, NoticeKind } from "../values.ts";

/** Make a notice. */
export function notice(
  kind: NoticeKind,
  names: readonly string[] = [],
  detail = "",
): Notice {
  return { kind, names, detail };
}

/** Something could not be read and was skipped. */
export const UNREADABLE = notice("unreadable");
/** Something is of a time before the relay was restored; its sender is asked for it again. */
export const MISSED = notice("unreadable", [], "asked");
/** A change to the conversation cannot be followed by this device. */
export const STRANDED = notice("stranded");
/** The conversation went on without this device. */
export const PARTED = notice("stranded", [], "parted");

const KINDS: Readonly<Record<Deed, NoticeKind>> = {
  added: "added",
  removed: "removed",
  left: "left",
  returned: "new device",
  retitled: "renamed group",
  admin: "admin made",
  plain: "admin unmade",
  moved: "moved",
  renamed: "renamed",
  "device added": "new device",
  "device removed": "device removed",
};

/** Say what a member did; the row's sender is who did it. */
export function noticeOf(change: Change, subject: string): Notice {
  const kind = KINDS[change.deed];
  const { deed, text, was } = change;
  if (deed === "retitled") return notice(kind, [], text);
  if (deed === "renamed") return notice(kind, [was], text);
  if (deed === "moved") return notice(kind);
  return notice(kind, [text || subject]);
}

/** Who did it, as the timeline shows it: nobody is shown to have made another one leave. */
export function actorOf(change: Change): Bytes {
  return change.deed === "left" ? change.subject : change.actor;
}

/** Whether two notices say the same. */
export function isSame(one: Notice | null, other: Notice): boolean {
  return one?.kind === other.kind && one.detail === other.detail;
}
