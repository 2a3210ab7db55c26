/**
 * Hints about a message: what its picture or recording is like, whom its text names
 * (spec/conversations.md §7.4). Hints are the sender's word and may be missing; a
 * malformed one is dropped, the message stays.
 */

import type { Bytes } from "../../bytes.ts";
import type { Media } from "../values.ts";
import { type CborMap, isArray, isBytes, type Value } from "./cbor.ts";

export const MEDIA = "linnet.media";
export const MENTIONS = "linnet.mentions";
export const LONGEST_PREVIEW = 1000;
export const LONGEST_WAVE = 128;
const LONGEST_SIDE = 65_535;
const LONGEST_MS = 2 ** 32 - 1;
export const MOST_MENTIONS = 50;

/** A part of a text, in code points, that names an account. */
export interface Mentioned {
  readonly start: number;
  readonly length: number;
  readonly account: Bytes;
}

/** A hint about a file as it travels. */
export function mediaValue(media: Media): CborMap {
  const { width, height, preview, duration, wave } = media;
  const fields: [string, Value | undefined][] = [
    ["w", width],
    ["h", height],
    ["preview", preview],
    ["duration", duration],
    ["wave", wave],
  ];
  return new Map(fields.filter((one): one is [string, Value] => one[1] !== undefined));
}

/** Whom a text names, as it travels. */
export function mentionsValue(mentions: readonly Mentioned[]): Value {
  return mentions.map(({ start, length, account }) => [start, length, account]);
}

/** Read the hint about a file; null when there is none, or a malformed one. */
export function readMedia(value: Value | undefined): Media | null {
  if (!(value instanceof Map)) return null;
  const map = value as CborMap;
  const media: { -readonly [K in keyof Media]: Media[K] } = {};
  const [width, height] = [map.get("w"), map.get("h")];
  const [preview, duration, wave] = ["preview", "duration", "wave"].map((key) =>
    map.get(key),
  );
  if (isNumber(width, 1, LONGEST_SIDE)) media.width = width;
  if (isNumber(height, 1, LONGEST_SIDE)) media.height = height;
  if (isNumber(duration, 0, LONGEST_MS)) media.duration = duration;
  if (isShort(preview, LONGEST_PREVIEW)) media.preview = preview;
  if (isShort(wave, LONGEST_WAVE)) media.wave = wave;
  const said = [width, height, preview, duration, wave].filter(
    (one) => one !== undefined,
  );
  const isSound = said.length > 0 && said.length === Object.keys(media).length;
  return isSound ? media : null;
}

/** Read whom a text names; nobody when the hint is malformed. */
export function readMentions(
  value: Value | undefined,
  text: string,
): readonly Mentioned[] {
  if (value === undefined || !isArray(value) || value.length > MOST_MENTIONS) return [];
  const size = Array.from(text).length;
  const mentions: Mentioned[] = [];
  let end = 0;
  for (const one of value) {
    if (!isArray(one, 3)) return [];
    const [start, length, account] = one;
    if (!isNumber(start, end, size) || !isNumber(length, 1, size - start)) return [];
    if (!isBytes(account, 32)) return [];
    mentions.push({ start, length, account });
    end = start + length;
  }
  return mentions;
}

function isNumber(
  value: Value | undefined,
  least: number,
  largest: number,
): value is number {
  return typeof value === "number" && value >= least && value <= largest;
}

function isShort(value: Value | undefined, longest: number): value is Bytes {
  return isBytes(value) && value.length >= 1 && value.length <= longest;
}
