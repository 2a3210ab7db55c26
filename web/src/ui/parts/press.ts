/** Right click, long press and the menu key, as one thing. */

import { useMemo, useRef } from "preact/hooks";

const LONG = 450;
const SLOP = 10;

interface Press {
  readonly onContextMenu: (event: MouseEvent) => void;
  readonly onTouchStart: (event: TouchEvent) => void;
  readonly onTouchMove: (event: TouchEvent) => void;
  readonly onTouchEnd: (event: TouchEvent) => void;
}

/** Handlers that call `open` with the point of the screen. */
export function useLongPress(open: (x: number, y: number) => void): Press {
  const latest = useRef(open);
  latest.current = open;
  return useMemo(() => {
    let timer = 0;
    let from = { x: 0, y: 0 };
    let opened = false;
    const stop = () => {
      clearTimeout(timer);
    };
    return {
      onContextMenu(event) {
        // Whoever has selected words wants the browser's own menu, with copy in it.
        if (event.button === 2 && hasSelection(event.currentTarget as Node)) return;
        event.preventDefault();
        if (opened) return;
        const box = (event.currentTarget as HTMLElement).getBoundingClientRect();
        const isByKey = event.clientX === 0 && event.clientY === 0;
        latest.current(
          isByKey ? box.left + 24 : event.clientX,
          isByKey ? box.top + 24 : event.clientY,
        );
      },
      onTouchStart(event) {
        const [touch] = event.touches;
        if (!touch || event.touches.length > 1) return;
        from = { x: touch.clientX, y: touch.clientY };
        opened = false;
        timer = window.setTimeout(() => {
          opened = true;
          latest.current(from.x, from.y);
        }, LONG);
      },
      onTouchMove(event) {
        const [touch] = event.touches;
        if (!touch) return;
        if (Math.hypot(touch.clientX - from.x, touch.clientY - from.y) > SLOP) stop();
      },
      onTouchEnd(event) {
        stop();
        // The click that follows would press what lies below the finger.
        if (opened && event.cancelable) event.preventDefault();
        opened = false;
      },
    };
  }, []);
}

function hasSelection(within: Node): boolean {
  const selection = document.getSelection();
  return (
    selection !== null &&
    !selection.isCollapsed &&
    selection.anchorNode !== null &&
    within.contains(selection.anchorNode)
  );
}
