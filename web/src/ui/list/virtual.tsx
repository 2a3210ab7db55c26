/** A list of which only the rows in sight are in the page; keeps the reader's place. */

import type { ComponentChildren, Ref } from "preact";
import {
  useCallback,
  useImperativeHandle,
  useLayoutEffect,
  useMemo,
  useReducer,
  useRef,
} from "preact/hooks";
import { Heights, type Anchor, type Row } from "./heights.ts";

/** What others may ask of the list. */
export interface ListPort {
  /** Bring a row into sight and, if asked, put the keyboard there. */
  show(key: string, where: "middle" | "nearest", focus?: boolean): void;
  toEnd(): void;
}

interface Props<R extends Row> {
  readonly rows: readonly R[];
  readonly guess: (row: R) => number;
  readonly draw: (row: R, index: number) => ComponentChildren;
  readonly sticksTo: "start" | "end";
  readonly label: string;
  readonly onStart?: (() => void) | undefined;
  readonly onEnd?: (() => void) | undefined;
  readonly onAtEnd?: ((isAtEnd: boolean) => void) | undefined;
  readonly port?: Ref<ListPort>;
  /** Where reading begins: a row's key. */
  readonly from?: string | null;
  readonly className?: string;
}

const SPARE = 600;

export function VirtualList<R extends Row>(props: Props<R>) {
  const { rows, guess, draw, sticksTo } = props;
  const box = useRef<HTMLDivElement>(null);
  const anchor = useRef<Anchor>(startingAnchor(props.from, sticksTo));
  const focusKey = useRef<string | null>(null);
  const [, redraw] = useReducer((count: number) => count + 1, 0);
  const heights = useMemo(() => new Heights(guess), [guess]);
  heights.setRows(rows);

  const height = box.current?.clientHeight ?? 800;
  const top = heights.find(anchor.current, height) ?? box.current?.scrollTop ?? 0;
  const { first, end } = heights.window(top, height, SPARE);

  useLayoutEffect(() => {
    const changed = measure(box.current, heights);
    settle(box.current, heights, anchor.current);
    focusRow(box.current, focusKey);
    if (changed) redraw(0);
  });

  const onScroll = useCallback(() => {
    const element = box.current;
    if (!element) return;
    const { scrollTop, clientHeight } = element;
    anchor.current = heights.anchor(scrollTop, clientHeight, sticksTo);
    props.onAtEnd?.(anchor.current.at === "end");
    if (scrollTop < SPARE) props.onStart?.();
    if (scrollTop + clientHeight > heights.total - SPARE) props.onEnd?.();
    redraw(0);
  }, [heights, sticksTo, props.onAtEnd, props.onStart, props.onEnd]);

  useWatchedSize(box, heights, redraw);
  useImperativeHandle(
    props.port ?? null,
    () => ({
      show(key, where, focus = false) {
        const at = heights.indexOf(key);
        const element = box.current;
        if (at === -1 || !element) return;
        anchor.current = {
          at: "row",
          key,
          below: belowFor(element, heights, at, where),
        };
        if (focus) focusKey.current = key;
        redraw(0);
      },
      toEnd() {
        anchor.current = { at: "end" };
        redraw(0);
      },
    }),
    [heights],
  );

  return (
    <div
      class={`list ${props.className ?? ""}`}
      ref={box}
      onScroll={onScroll}
      role="list"
      aria-label={props.label}
      // A scroller that nothing inside can focus would be out of the keyboard's reach.
      tabIndex={rows.length === 0 ? -1 : 0}
    >
      <div
        class="list-track"
        role="presentation"
        style={{ height: `${heights.total}px` }}
      >
        {rows.slice(first, end).map((row, at) => (
          <div
            key={row.key}
            class="list-row"
            role="listitem"
            aria-setsize={rows.length}
            aria-posinset={first + at + 1}
            data-key={row.key}
            style={{ top: `${heights.offset(first + at)}px` }}
          >
            {draw(row, first + at)}
          </div>
        ))}
      </div>
    </div>
  );
}

function startingAnchor(from: string | null | undefined, at: "start" | "end"): Anchor {
  return from ? { at: "row", key: from, below: -80 } : { at };
}

/** Measure the rows that are drawn; true when any was thought to be of another height. */
function measure<R extends Row>(
  element: HTMLElement | null,
  heights: Heights<R>,
): boolean {
  let changed = false;
  for (const row of drawnRows(element))
    changed = heights.measure(row.dataset["key"] ?? "", row.offsetHeight) || changed;
  return changed;
}

function drawnRows(element: HTMLElement | null): readonly HTMLElement[] {
  return [...(element?.firstElementChild?.children ?? [])] as HTMLElement[];
}

function settle<R extends Row>(
  element: HTMLElement | null,
  heights: Heights<R>,
  anchor: Anchor,
): void {
  if (!element) return;
  // The very end lies below the rows: the scroller has a margin of its own.
  const top =
    anchor.at === "end"
      ? element.scrollHeight - element.clientHeight
      : heights.find(anchor, element.clientHeight);
  if (top !== null && Math.abs(element.scrollTop - top) > 1) element.scrollTop = top;
}

function focusRow(element: HTMLElement | null, key: { current: string | null }): void {
  if (key.current === null) return;
  const row = drawnRows(element).find(({ dataset }) => dataset["key"] === key.current);
  const target = row?.querySelector<HTMLElement>("[data-rove]");
  if (!target) return;
  key.current = null;
  target.focus({ preventScroll: true });
}

/** How far below the row's top the upper edge shall be. */
function belowFor<R extends Row>(
  element: HTMLElement,
  heights: Heights<R>,
  at: number,
  where: "middle" | "nearest",
): number {
  const { clientHeight, scrollTop } = element;
  const row = heights.offset(at);
  const size = heights.offset(at + 1) - row;
  if (where === "middle") return -Math.max(16, (clientHeight - size) / 2);
  if (row < scrollTop + 8) return -8;
  if (row + size > scrollTop + clientHeight) return size - clientHeight + 8;
  return scrollTop - row;
}

function useWatchedSize<R extends Row>(
  box: { readonly current: HTMLElement | null },
  heights: Heights<R>,
  redraw: (nothing: number) => void,
): void {
  useLayoutEffect(() => {
    const element = box.current;
    if (!element) return;
    let width = element.clientWidth;
    const observer = new ResizeObserver(() => {
      if (element.clientWidth !== width) {
        width = element.clientWidth;
        heights.forget();
      }
      redraw(0);
    });
    observer.observe(element);
    // Rows change their height by themselves: a picture opens, a long text unfolds.
    const inner = new ResizeObserver(() => {
      if (measure(element, heights)) redraw(0);
    });
    const watch = new MutationObserver(() => {
      inner.disconnect();
      for (const row of drawnRows(element)) inner.observe(row);
    });
    if (element.firstElementChild)
      watch.observe(element.firstElementChild, { childList: true });
    for (const row of drawnRows(element)) inner.observe(row);
    return () => {
      observer.disconnect();
      inner.disconnect();
      watch.disconnect();
    };
  }, [box, heights, redraw]);
}
