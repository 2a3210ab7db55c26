/** A message's text cut into words, links and mentions, and into what is shown at first. */

import type { AccountId, Mention } from "../../client/values.ts";
import { findLinks } from "./links.ts";

export type Piece =
  | { readonly kind: "words"; readonly text: string }
  | { readonly kind: "link"; readonly text: string; readonly href: string }
  | { readonly kind: "mention"; readonly text: string; readonly account: AccountId };

const MOST_LETTERS = 1_200;
const MOST_LINES = 24;
const EMOJI =
  /^(?:\p{Extended_Pictographic}|\p{Regional_Indicator}{2}|[#*0-9]\ufe0f\u20e3)/u;

/** Pieces in order. Mentions that overlap, or lie outside the text, are plain words. */
export function cut(text: string, mentions: readonly Mention[]): readonly Piece[] {
  const marks = [...mentionMarks(text, mentions), ...linkMarks(text)].sort(
    (one, other) => one.start - other.start,
  );
  const pieces: Piece[] = [];
  let at = 0;
  for (const mark of marks) {
    if (mark.start < at) continue;
    if (mark.start > at)
      pieces.push({ kind: "words", text: text.slice(at, mark.start) });
    pieces.push(mark.piece);
    at = mark.end;
  }
  if (at < text.length) pieces.push({ kind: "words", text: text.slice(at) });
  return pieces;
}

interface Mark {
  readonly start: number;
  readonly end: number;
  readonly piece: Piece;
}

function linkMarks(text: string): readonly Mark[] {
  return findLinks(text).map(({ start, end, href }) => ({
    start,
    end,
    piece: { kind: "link", text: text.slice(start, end), href },
  }));
}

function mentionMarks(text: string, mentions: readonly Mention[]): readonly Mark[] {
  if (mentions.length === 0) return [];
  const letters = Array.from(text);
  return mentions.flatMap(({ start, length, account }) => {
    if (!(start >= 0 && length > 0 && start + length <= letters.length)) return [];
    const from = letters.slice(0, start).join("").length;
    const shown = letters.slice(start, start + length).join("");
    return [
      {
        start: from,
        end: from + shown.length,
        piece: { kind: "mention", text: shown, account },
      },
    ];
  });
}

/** The beginning of a long text, or the whole of a short one. */
export function clamp(text: string): {
  readonly head: string;
  readonly isWhole: boolean;
} {
  let end = 0;
  let lines = 1;
  while (end < text.length && end < MOST_LETTERS) {
    if (text[end] === "\n" && ++lines > MOST_LINES) break;
    end += 1;
  }
  if (end >= text.length) return { head: text, isWhole: true };
  // Never between the halves of one character.
  if (/[\ud800-\udbff]/.test(text.charAt(end - 1))) end -= 1;
  return { head: text.slice(0, end), isWhole: false };
}

/** One to three emoji and nothing else: shown large. */
export function isOnlyEmoji(text: string): boolean {
  if (text.length > 40 || text.trim() === "") return false;
  const segments = [...new Intl.Segmenter().segment(text.trim())];
  return segments.length <= 3 && segments.every(({ segment }) => EMOJI.test(segment));
}
