/** Line drawings, 24 by 24; each one path. Always beside a word or a label: hidden from readers. */

import { signal } from "@preact/signals";
import type { LATER } from "./icons.ts";

/** Those of the screens that come first. */
const FIRST = {
  back: "M15 5l-7 7 7 7",
  close: "M6 6l12 12M18 6L6 18",
  more: "M12 5.5v.01M12 12v.01M12 18.5v.01",
  pen: "M4 20l1-4.5L16.5 4a2.1 2.1 0 013 3L8 18.5 4 20zM14.5 6l3 3",
  search: "M10.5 4a6.5 6.5 0 110 13 6.5 6.5 0 010-13zM15.5 15.5L20 20",
  send: "M4.5 12L4 5l17 7-17 7 .5-7zm0 0H12",
  check: "M5 12.5l4.5 4.5L19 7.5",
  checks: "M2.5 12.5L7 17l8.5-9.5M11.5 16l1 1L21.5 7.5",
  clock: "M12 4a8 8 0 110 16 8 8 0 010-16zm0 3.5V12l3 2",
  alert: "M12 4l9 16H3l9-16zm0 6v4m0 2.8v.01",
  clip: "M19 11l-7.5 7.5a4.6 4.6 0 01-6.5-6.5L13 4a3.1 3.1 0 014.4 4.4l-7.8 7.8a1.5 1.5 0 01-2.2-2.2L14.5 7",
  smile:
    "M12 3.5a8.5 8.5 0 110 17 8.5 8.5 0 010-17zM8.5 14c1.8 2.6 5.2 2.6 7 0M9 9.5v.01M15 9.5v.01",
  mic: "M12 3.5a2.8 2.8 0 012.8 2.8v5a2.8 2.8 0 01-5.6 0v-5A2.8 2.8 0 0112 3.5zM6 11.5a6 6 0 0012 0M12 17.5V21",
  down: "M12 4v13m-6-5.5l6 6 6-6",
  reply: "M10 6L4.5 11.5 10 17M5 11.5h8.5c4 0 6 2.5 6 6",
  pin: "M9 4h6l-1 6 3 3.5H7L10 10 9 4zM12 13.5V20",
  mute: "M6 16.5V11a6 6 0 0112 0v5.5l1.5 1.5h-15L6 16.5zM10 20.5h4M4 4l16 16",
  archive: "M4 5h16v4H4zM5.5 9v10h13V9M10 13h4",
  people:
    "M9 5a3.2 3.2 0 110 6.4A3.2 3.2 0 019 5zM3 19.5c0-3.5 2.5-5.5 6-5.5s6 2 6 5.5M15.5 5.5a3 3 0 010 5.7M17 14.5c2.5.5 4 2.3 4 5",
  person:
    "M12 4.5a3.7 3.7 0 110 7.4 3.7 3.7 0 010-7.4zM4.5 20c0-4 3-6 7.5-6s7.5 2 7.5 6",
  shield:
    "M12 3.5l7 2.5v5.5c0 4.5-3 7.5-7 9-4-1.5-7-4.5-7-9V6l7-2.5zM8.8 12l2.2 2.2 4.2-4.2",
  qr: "M4 4h6v6H4zM14 4h6v6h-6zM4 14h6v6H4zM14 14h2.5v2.5H14zM20 14v3M17 20h3v-1M7 7v.01M17 7v.01M7 17v.01",
  scan: "M4 8.5V4h4.5M15.5 4H20v4.5M20 15.5V20h-4.5M8.5 20H4v-4.5M4 12h16",
  link: "M10 14a4 4 0 005.7 0l3-3A4 4 0 0013 5.3L11.5 6.8M14 10a4 4 0 00-5.7 0l-3 3A4 4 0 0011 18.7l1.5-1.5",
  device: "M7 3.5h10v17H7zM11 17.5h2",
  save: "M5 4h11l3 3v13H5zM8.5 4v5h6V4M8.5 20v-6h7v6",
  signal: "M5 19v-4M10 19v-8M15 19V8M20 19V4",
  info: "M12 4a8 8 0 110 16 8 8 0 010-16zm0 7v5m0-8v.01",
  next: "M9 5l7 7-7 7",
} as const;

export type IconName = keyof typeof FIRST | keyof typeof LATER;

type Paths = Partial<Readonly<Record<IconName, string>>>;

const known = signal<Paths>(FIRST);

/** The path of a drawing, tracked by signals; "" until it is here. */
function pathOf(name: IconName): string {
  const path = known.value[name];
  if (path === undefined) fetchLater().catch(() => undefined);
  return path ?? "";
}

async function fetchLater(): Promise<void> {
  const { LATER } = await import("./icons.ts");
  if (known.peek() === FIRST) known.value = { ...FIRST, ...LATER };
}

/** Drawings that point along the line of writing, and turn with it. */
const TURNING: readonly IconName[] = ["back", "next", "send", "reply", "leave"];

export function Icon({ name, size = 24 }: { name: IconName; size?: number }) {
  return (
    <svg
      class={`icon ${TURNING.includes(name) ? "turns" : ""}`}
      width={size}
      height={size}
      viewBox="0 0 24 24"
      aria-hidden="true"
    >
      <path d={pathOf(name)} />
    </svg>
  );
}

/** The finch: body, breast, wing and eye. */
export function Mark({ size = 40 }: { size?: number }) {
  return (
    <svg class="mark" width={size} height={size} viewBox="0 0 64 64" aria-hidden="true">
      <path
        class="mark-body"
        d="M6 50c6-1 11-4 15-9 0-13 7-24 19-24 6 0 11 3 13 8l8 3-8 3c0 14-9 24-22 24-6 0-10-2-13-5l-12 8z"
      />
      <path
        class="mark-breast"
        d="M53 29c1 15-8 26-21 26-4 0-8-1-11-3 14-1 21-10 20-23 4 3 8 3 12 0z"
      />
      <path class="mark-wing" d="M14 47c10 0 20-5 21-17-9-2-14 3-14 11-2 3-4 5-7 6z" />
      <circle class="mark-eye" cx="44" cy="25" r="2.2" />
    </svg>
  );
}
