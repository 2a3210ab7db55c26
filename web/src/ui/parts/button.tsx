/** Buttons, and the rows of settings and menus, which are buttons too. */

import type { ComponentChildren } from "preact";
import { Icon, type IconName } from "./icon.tsx";

interface ButtonProps {
  readonly label: string;
  readonly onClick?: (() => void) | undefined;
  readonly kind?: "main" | "plain" | "bad" | "soft";
  readonly icon?: IconName;
  readonly disabled?: boolean;
  readonly isBusy?: boolean;
  readonly submits?: boolean;
}

export function Button(props: ButtonProps) {
  const {
    label,
    onClick,
    kind = "soft",
    icon,
    disabled = false,
    isBusy = false,
  } = props;
  return (
    <button
      type={props.submits ? "submit" : "button"}
      class={`button ${kind}`}
      disabled={disabled || isBusy}
      aria-busy={isBusy}
      onClick={onClick}
    >
      {icon && <Icon name={icon} size={20} />}
      <span>{label}</span>
    </button>
  );
}

interface IconButtonProps {
  readonly icon: IconName;
  readonly label: string;
  readonly onClick?: ((event: MouseEvent) => void) | undefined;
  readonly className?: string;
  readonly pressed?: boolean;
  readonly disabled?: boolean;
  readonly expanded?: boolean;
}

export function IconButton(props: IconButtonProps) {
  return (
    <button
      type="button"
      class={`icon-button ${props.className ?? ""}`}
      aria-label={props.label}
      title={props.label}
      aria-pressed={props.pressed}
      aria-expanded={props.expanded}
      disabled={props.disabled}
      onClick={props.onClick}
    >
      <Icon name={props.icon} />
    </button>
  );
}

interface RowProps {
  readonly icon?: IconName;
  readonly title: ComponentChildren;
  readonly sub?: ComponentChildren;
  readonly onClick: () => void;
  readonly end?: ComponentChildren;
  readonly isBad?: boolean;
  readonly leads?: boolean;
  readonly before?: ComponentChildren;
}

/** A line that does something or leads somewhere. */
export function Row(props: RowProps) {
  return (
    <button
      type="button"
      class={`row ${props.isBad ? "bad" : ""}`}
      onClick={props.onClick}
    >
      {props.icon && (
        <span class="row-icon">
          <Icon name={props.icon} size={22} />
        </span>
      )}
      {props.before}
      <span class="row-body">
        <span class="row-title">{props.title}</span>
        {props.sub !== undefined && <span class="row-sub">{props.sub}</span>}
      </span>
      {props.end}
      {props.leads && <Icon name="next" size={18} />}
    </button>
  );
}

interface SwitchProps {
  readonly label: string;
  readonly sub?: string;
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
  readonly icon?: IconName;
}

export function Switch({ label, sub, on, onChange, icon }: SwitchProps) {
  return (
    <button
      type="button"
      role="switch"
      aria-checked={on}
      class="row"
      onClick={() => {
        onChange(!on);
      }}
    >
      {icon && (
        <span class="row-icon">
          <Icon name={icon} size={22} />
        </span>
      )}
      <span class="row-body">
        <span class="row-title">{label}</span>
        {sub !== undefined && <span class="row-sub">{sub}</span>}
      </span>
      <span class="switch" aria-hidden="true" />
    </button>
  );
}

interface ChoiceProps<T extends string | number> {
  readonly label: string;
  readonly options: readonly (readonly [value: T, title: string])[];
  readonly value: T;
  readonly onChange: (value: T) => void;
}

/** One of several; a group of radio buttons. */
export function Choice<T extends string | number>(props: ChoiceProps<T>) {
  const name = `choice ${props.label}`;
  return (
    <fieldset class="choice">
      <legend>{props.label}</legend>
      {props.options.map(([value, title]) => (
        <label key={value} class="choice-option">
          <input
            type="radio"
            name={name}
            checked={value === props.value}
            onChange={() => {
              props.onChange(value);
            }}
          />
          <span>{title}</span>
        </label>
      ))}
    </fieldset>
  );
}
