/** A person or group as coloured initials; the colour comes from the key, not the name. */

import { initials } from "../text/bidi.ts";
import { Icon } from "./icon.tsx";

const TONES = 12;

/** One of the tones for an identity of hexadecimal digits: stable, evenly spread. */
export function toneOf(hex: string): number {
  let sum = 0;
  for (const digit of hex.slice(0, 16)) sum = (sum * 31 + digit.charCodeAt(0)) >>> 0;
  return sum % TONES;
}

interface Props {
  readonly name: string;
  /** Account or conversation, in hexadecimal. */
  readonly of: string;
  readonly size?: "s" | "m" | "l" | "xl";
  readonly isGroup?: boolean;
}

export function Avatar({ name, of, size = "m", isGroup = false }: Props) {
  return (
    <span
      class={`avatar ${size} tone-${toneOf(of)} ${isGroup ? "group" : ""}`}
      aria-hidden="true"
    >
      {isGroup && size !== "s" ? (
        <>
          {initials(name)}
          <span class="avatar-badge">
            <Icon name="people" size={size === "xl" ? 20 : 12} />
          </span>
        </>
      ) : (
        initials(name)
      )}
    </span>
  );
}
