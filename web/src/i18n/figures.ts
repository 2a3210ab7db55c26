/** Dates, spans and sizes in the reader's language. */

import { computed } from "@preact/signals";
import { t, tag } from "./index.ts";

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;
const WEEK = 7 * DAY;

const clock = computed(() => format({ hour: "2-digit", minute: "2-digit" }));
const weekday = computed(() => format({ weekday: "short" }));
const dayMonth = computed(() => format({ day: "numeric", month: "short" }));
const longDay = computed(() =>
  format({ weekday: "long", day: "numeric", month: "long" }),
);
const fullDay = computed(() =>
  format({ day: "numeric", month: "long", year: "numeric" }),
);
const shortDate = computed(() => format({ dateStyle: "short" }));
const full = computed(() => format({ dateStyle: "full", timeStyle: "short" }));
const relative = computed(
  () => new Intl.RelativeTimeFormat(tag.value, { numeric: "auto" }),
);

function format(options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  return new Intl.DateTimeFormat(tag.value, options);
}

/** Days since 1970 of a time, by this device's calendar. */
export function dayOf(time: number): number {
  const date = new Date(time);
  return Math.floor(
    Date.UTC(date.getFullYear(), date.getMonth(), date.getDate()) / (DAY * 1000),
  );
}

export const clockTime = (time: number): string => clock.value.format(time);
export const fullTime = (time: number): string => full.value.format(time);
export const dateOnly = (time: number): string => fullDay.value.format(time);

/** For a row of the chat list: the clock today, else the day. */
export function briefTime(time: number, now: number): string {
  const days = dayOf(now) - dayOf(time);
  if (days <= 0) return clock.value.format(time);
  if (days < 7) return weekday.value.format(time);
  const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear();
  return (sameYear ? dayMonth : shortDate).value.format(time);
}

/** Between the days of a conversation. */
export function dayTitle(time: number, now: number): string {
  const days = dayOf(now) - dayOf(time);
  if (days === 0 || days === 1) return capital(relative.value.format(-days, "day"));
  const sameYear = new Date(time).getFullYear() === new Date(now).getFullYear();
  return capital((sameYear ? longDay : fullDay).value.format(time));
}

function capital(text: string): string {
  const [first = "", ...rest] = text;
  return first.toLocaleUpperCase(tag.value) + rest.join("");
}

/** Milliseconds as minutes and seconds, such as 1:05. */
export function playTime(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000));
  const digits = new Intl.NumberFormat(tag.value, { minimumIntegerDigits: 2 });
  const whole = new Intl.NumberFormat(tag.value);
  return `${whole.format(Math.floor(seconds / 60))}:${digits.format(seconds % 60)}`;
}

/** Bytes in the largest unit that leaves at least one. */
export function byteSize(bytes: number): string {
  const units = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;
  let value = bytes;
  let at = 0;
  while (value >= 1000 && at < units.length - 1) {
    value /= 1000;
    at += 1;
  }
  return new Intl.NumberFormat(tag.value, {
    style: "unit",
    unit: units[at] ?? "byte",
    // The short form of a byte has no plural in English.
    unitDisplay: at === 0 ? "long" : "short",
    maximumFractionDigits: value < 10 && at > 0 ? 1 : 0,
  }).format(value);
}

/** Seconds as the largest unit that divides them, such as "4 weeks". */
export function span(seconds: number): string {
  const [unit, size] =
    (
      [
        ["week", WEEK],
        ["day", DAY],
        ["hour", HOUR],
        ["minute", MINUTE],
      ] as const
    ).find(([, size]) => seconds >= size && seconds % size === 0) ??
    (["second", 1] as const);
  return new Intl.NumberFormat(tag.value, {
    style: "unit",
    unit,
    unitDisplay: "long",
  }).format(seconds / size);
}

/** Names as a list, at most `most` of them and then how many more. */
export function nameList(names: readonly string[], most = 3): string {
  const shown = names.slice(0, most);
  const more = names.length - shown.length;
  const parts = more > 0 ? [...shown, t("names.more", { count: more })] : shown;
  return new Intl.ListFormat(tag.value, { type: "conjunction" }).format(parts);
}
