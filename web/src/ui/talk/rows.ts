/** A timeline as rows: days, the line above what is unread, notices, and bubbles in groups. */

import type { Message } from "../../client/values.ts";

export type TalkRow =
  | { readonly kind: "day"; readonly key: string; readonly time: number }
  | { readonly kind: "unread"; readonly key: string; readonly count: number }
  | { readonly kind: "notice"; readonly key: string; readonly message: Message }
  | {
      readonly kind: "message";
      readonly key: string;
      readonly message: Message;
      /** First and last of what one person said in one go. */
      readonly isFirst: boolean;
      readonly isLast: boolean;
    };

const ONE_GO = 5 * 60_000;

/**
 * Rows of these messages, which are in order. `unread` counts those at the end above which
 * the line stands; `dayOf` numbers the days of this device's calendar.
 */
export function rowsOf(
  messages: readonly Message[],
  unread: { readonly from: string | null; readonly count: number },
  dayOf: (time: number) => number,
): readonly TalkRow[] {
  const rows: TalkRow[] = [];
  let day = Number.NaN;
  messages.forEach((message, at) => {
    const itsDay = dayOf(message.time);
    // A clock that was wrong may go back; the day is said again only when it goes on.
    const isNewDay = Number.isNaN(day) || itsDay > day;
    if (isNewDay) {
      day = itsDay;
      rows.push({ kind: "day", key: `day ${itsDay}`, time: message.time });
    }
    const isUnreadLine = message.id === unread.from && unread.count > 0;
    if (isUnreadLine) rows.push({ kind: "unread", key: "unread", count: unread.count });
    if (message.notice) {
      rows.push({ kind: "notice", key: message.id, message });
      return;
    }
    const before = messages[at - 1];
    const after = messages[at + 1];
    rows.push({
      kind: "message",
      key: message.id,
      message,
      isFirst: isNewDay || isUnreadLine || !before || !goTogether(before, message),
      isLast:
        !after ||
        after.id === unread.from ||
        dayOf(after.time) > day ||
        !goTogether(message, after),
    });
  });
  return rows;
}

function goTogether(one: Message, next: Message): boolean {
  return (
    !one.notice &&
    !next.notice &&
    one.sender === next.sender &&
    Math.abs(next.time - one.time) < ONE_GO
  );
}
