/** Mentions: what is being typed after an @, and where the names of a sent text are. */

import type { AccountId, Member, Mention } from "../../client/values.ts";
import { plainName } from "./bidi.ts";

/** What stands between an @ and the caret; null when no mention is being typed. */
export function mentionQuery(
  text: string,
  caret: number,
): { readonly at: number; readonly words: string } | null {
  const before = text.slice(Math.max(0, caret - 48), caret);
  const found = /(?:^|[\s(])@([^\s@]*)$/u.exec(before);
  if (!found) return null;
  const words = found[1] ?? "";
  return { at: caret - words.length - 1, words };
}

/** Members whose name, or a word of it, begins with what was typed; never this account. */
export function mentionMatches(
  members: readonly Member[],
  words: string,
  most = 6,
): readonly Member[] {
  const wanted = words.toLocaleLowerCase();
  return members
    .filter((member) => !member.isMe)
    .filter((member) =>
      [plainName(member.name), ...plainName(member.name).split(" ")].some((part) =>
        part.toLocaleLowerCase().startsWith(wanted),
      ),
    )
    .slice(0, most);
}

/** Those of the picked members whose `@name` still stands in the text, as code points. */
export function placeMentions(
  text: string,
  picked: ReadonlyMap<string, AccountId>,
): readonly Mention[] {
  const placed: Mention[] = [];
  const names = [...picked.keys()].sort((one, other) => other.length - one.length);
  let at = text.indexOf("@");
  while (at !== -1) {
    const name = names.find((known) => text.startsWith(known, at + 1));
    const account = name === undefined ? undefined : picked.get(name);
    if (name !== undefined && account !== undefined) {
      const start = Array.from(text.slice(0, at)).length;
      placed.push({ start, length: Array.from(name).length + 1, account });
    }
    at = text.indexOf("@", at + 1 + (name?.length ?? 0));
  }
  return placed;
}
