/** Arrow keys that move through the rows of a list; one row at a time is reached by Tab. */

import { useCallback, useState } from "preact/hooks";
import type { Row } from "./heights.ts";
import type { ListPort } from "./virtual.tsx";

export interface Roving {
  /** The row that Tab reaches. */
  readonly active: string | null;
  readonly onKeyDown: (event: KeyboardEvent) => void;
  readonly setActive: (key: string | null) => void;
}

/** `start` is where Tab enters while nothing was chosen: the first or the last row. */
export function useRoving(
  rows: readonly Row[],
  port: { readonly current: ListPort | null },
  start: "first" | "last",
  canStop: (row: Row) => boolean = () => true,
): Roving {
  const [chosen, setActive] = useState<string | null>(null);
  const isThere = chosen !== null && rows.some(({ key }) => key === chosen);
  const edge = start === "first" ? rows.find(canStop) : rows.findLast(canStop);
  const active = isThere ? chosen : (edge?.key ?? null);

  const onKeyDown = useCallback(
    (event: KeyboardEvent) => {
      const target = event.target as HTMLElement;
      if (event.altKey || event.ctrlKey || event.metaKey || isEditable(target)) return;
      if (!target.hasAttribute("data-rove") && target.getAttribute("role") !== "list")
        return;
      const next = step(rows, active, event.key, canStop);
      if (next === null) return;
      event.preventDefault();
      setActive(next);
      port.current?.show(next, "nearest", true);
    },
    [rows, active, port, canStop],
  );
  return { active, onKeyDown, setActive };
}

function isEditable(element: HTMLElement): boolean {
  return element instanceof HTMLTextAreaElement || element instanceof HTMLInputElement;
}

/** The row that this key leads to from the active one; null when the key means nothing. */
export function step(
  rows: readonly Row[],
  active: string | null,
  key: string,
  canStop: (row: Row) => boolean,
): string | null {
  const stops = rows.filter(canStop);
  const at = stops.findIndex((row) => row.key === active);
  const last = stops.length - 1;
  const to: Readonly<Record<string, number>> = {
    ArrowDown: Math.min(at + 1, last),
    ArrowUp: Math.max(at - 1, 0),
    Home: 0,
    End: last,
    PageDown: Math.min(at + 8, last),
    PageUp: Math.max(at - 8, 0),
  };
  const wanted = to[key];
  return wanted === undefined ? null : (stops[wanted]?.key ?? null);
}
