/** What members and relays did, in the reader's words. */

import type { Notice } from "../client/values.ts";
import { plainName } from "../ui/text/bidi.ts";
import { nameList, span } from "./figures.ts";
import { t, told } from "./index.ts";

/** The sentence of a notice: by whom (`name`, or this account), about whom, and what. */
export function noticeText(notice: Notice, name: string, isMine: boolean): string {
  const who = plainName(name);
  const names = nameList(notice.names.map(plainName));
  const values = { name: who, names, title: plainName(notice.detail) };
  const mine = isMine ? "mine" : "theirs";
  switch (notice.kind) {
    case "created":
    case "joined":
    case "left":
    case "renamed group":
      return t(`notice.${notice.kind}.${mine}`, values);
    case "added":
    case "removed":
    case "admin made":
    case "admin unmade":
      return notice.names.length === 0
        ? t(`notice.${notice.kind}.you`, values)
        : t(`notice.${notice.kind}.${mine}`, values);
    case "timer": {
      const seconds = Number(notice.detail);
      return seconds > 0
        ? t(`notice.timer.${mine}`, { ...values, span: span(seconds) })
        : t(`notice.timer off.${mine}`, values);
    }
    case "resent":
    case "rewound":
      return t(`notice.${notice.kind}`, {
        ...values,
        count: Number(notice.detail) || 0,
      });
    case "refused want": {
      const why = notice.why ? told(notice.why) : "";
      return notice.names.length === 0
        ? t("notice.refused want", { why })
        : t("notice.refused want.named", { names, why });
    }
    case "unknown kind":
      // Another device of ours told in words of its own what had happened.
      return notice.detail === ""
        ? t("notice.unknown kind", values)
        : plainName(notice.detail);
    case "roads": {
      const [kept = 0, useless = 0] = notice.detail.split(" ").map(Number);
      const said = [
        kept > 0 && t("notice.roads", { ...values, count: kept }),
        useless > 0 && t("notice.roads.useless", { ...values, count: useless }),
      ];
      return said.filter((one) => one !== false).join(" ");
    }
    case "renamed":
    case "moved":
    case "new device":
    case "device removed":
    case "unreadable":
    case "stranded":
    case "refused commit":
    case "identity changed":
    case "device cut off":
      return t(`notice.${notice.kind}`, values);
  }
}
