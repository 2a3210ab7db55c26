/** What every column has: a bar on top, and what stands below it. */

import type { ComponentChildren, ComponentType } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { toast } from "../toasts.ts";
import { IconButton } from "./button.tsx";

interface ColumnProps {
  readonly title: string;
  readonly onBack?: () => void;
  /** The cross of a column beside another, instead of an arrow back. */
  readonly isSide?: boolean;
  readonly actions?: ComponentChildren;
  readonly children: ComponentChildren;
  readonly foot?: ComponentChildren;
}

/** A titled column: the keyboard lands on its title, and goes back where it was at the end. */
export function Column(props: ColumnProps) {
  const title = useRef<HTMLHeadingElement>(null);
  useEffect(() => {
    const before = document.activeElement;
    return () => {
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  useEffect(() => {
    if (props.onBack) title.current?.focus({ preventScroll: true });
  }, [props.title]);
  return (
    <div class="column">
      <header class="bar">
        {props.onBack && (
          <IconButton
            icon={props.isSide ? "close" : "back"}
            label={t(props.isSide ? "nav.close" : "nav.back")}
            onClick={props.onBack}
          />
        )}
        <h1 class="bar-title" ref={title} tabIndex={-1}>
          {props.title}
        </h1>
        {props.actions}
      </header>
      <div class="column-body">{props.children}</div>
      {props.foot && <footer class="column-foot">{props.foot}</footer>}
    </div>
  );
}

/** A group of rows with a heading and an explanation. */
export function Section(props: {
  readonly title?: string;
  readonly note?: string;
  readonly children: ComponentChildren;
}) {
  return (
    <section class="section">
      {props.title !== undefined && <h2>{props.title}</h2>}
      <div class="card">{props.children}</div>
      {props.note !== undefined && <p class="note">{props.note}</p>}
    </section>
  );
}

/** A component that is fetched when it is first needed; something stands there meanwhile. */
export function lazy<P extends object>(
  load: () => Promise<ComponentType<P>>,
  meanwhile: () => ComponentChildren = Waiting,
): ComponentType<P> {
  let loaded: ComponentType<P> | null = null;
  return function Lazy(props: P) {
    const [, setIsHere] = useState(false);
    useEffect(() => {
      if (loaded) return;
      let isWanted = true;
      load().then((component) => {
        loaded = component;
        if (isWanted) setIsHere(true);
      }, toast);
      return () => {
        isWanted = false;
      };
    }, []);
    const Loaded = loaded;
    return Loaded ? <Loaded {...props} /> : <>{meanwhile()}</>;
  };
}

export function Waiting() {
  return (
    <div class="loading" role="status">
      <span class="spinner" />
      <span class="hidden">{t("nav.loading")}</span>
    </div>
  );
}

/** A friendly word where there is nothing yet. */
export function Empty(props: {
  readonly title: string;
  readonly text: string;
  readonly children?: ComponentChildren;
}) {
  return (
    <div class="empty">
      {props.children}
      <h2>{props.title}</h2>
      <p>{props.text}</p>
    </div>
  );
}
