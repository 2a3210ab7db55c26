/** A menu at a point of the screen; on a phone it rises from the lower edge. */

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef } from "preact/hooks";
import { Icon, type IconName } from "./icon.tsx";

export interface MenuItem {
  readonly icon: IconName;
  readonly label: string;
  readonly act: () => void;
  readonly isBad?: boolean;
}

interface Props {
  readonly label: string;
  readonly items: readonly MenuItem[];
  readonly at: { readonly x: number; readonly y: number };
  readonly onClose: () => void;
  readonly children?: ComponentChildren;
}

export function Menu({ label, items, at, onClose, children }: Props) {
  const dialog = useRef<HTMLDialogElement>(null);
  const box = useRef<HTMLDivElement>(null);
  const chosen = useRef<(() => void) | null>(null);
  useEffect(() => {
    const before = document.activeElement;
    const element = dialog.current;
    element?.showModal();
    box.current?.querySelector<HTMLElement>("[role=menuitem]")?.focus();
    return () => {
      element?.close();
      if (before instanceof HTMLElement && before.isConnected)
        before.focus({ preventScroll: true });
      // Not sooner: nothing outside of an open dialog can take the focus.
      chosen.current?.();
    };
  }, []);
  useLayoutEffect(() => {
    if (dialog.current) place(dialog.current, at);
  });
  return (
    <dialog
      ref={dialog}
      class="menu"
      aria-label={label}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onClick={(event) => {
        if (event.target === dialog.current) onClose();
      }}
      onKeyDown={(event) => {
        moveFocus(event, box.current);
      }}
    >
      {children}
      <div role="menu" aria-label={label} ref={box} class="menu-items">
        {items.map(({ icon, label, act, isBad }) => (
          <button
            key={label}
            type="button"
            role="menuitem"
            tabIndex={-1}
            class={isBad ? "bad" : ""}
            onClick={() => {
              chosen.current = act;
              onClose();
            }}
          >
            <Icon name={icon} size={20} />
            <span>{label}</span>
          </button>
        ))}
      </div>
    </dialog>
  );
}

/** Beside the point and inside the window; style rules of narrow screens take precedence. */
function place(element: HTMLElement, at: { x: number; y: number }): void {
  const { offsetWidth, offsetHeight } = element;
  const isRight = document.documentElement.dir === "rtl";
  const x = isRight ? at.x - offsetWidth : at.x;
  const left = Math.max(8, Math.min(x, window.innerWidth - offsetWidth - 8));
  const top = Math.max(8, Math.min(at.y, window.innerHeight - offsetHeight - 8));
  element.style.setProperty("--menu-left", `${left}px`);
  element.style.setProperty("--menu-top", `${top}px`);
}

function moveFocus(event: KeyboardEvent, box: HTMLElement | null): void {
  const items = [...(box?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];
  const at = items.indexOf(document.activeElement as HTMLElement);
  const to: Readonly<Record<string, number>> = {
    ArrowDown: (at + 1) % items.length,
    ArrowUp: (at - 1 + items.length) % items.length,
    Home: 0,
    End: items.length - 1,
  };
  const next = to[event.key];
  if (next === undefined) return;
  event.preventDefault();
  items[next]?.focus();
}
