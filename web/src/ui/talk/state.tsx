/** The ticks of a message of ours. */

import type { Message } from "../../client/values.ts";
import { Icon, type IconName } from "../parts/icon.tsx";
import { stateWords } from "./words.ts";

const ICONS: Readonly<Record<string, IconName>> = {
  queued: "clock",
  "on the relay": "check",
  delivered: "checks",
  read: "checks",
  failed: "alert",
};

export function State({ message }: { message: Message }) {
  const icon = ICONS[message.state];
  if (!icon) return null;
  const words = stateWords(message.state);
  return (
    <span class={`state ${message.state.replaceAll(" ", "-")}`} title={words}>
      <Icon name={icon} size={16} />
      <span class="hidden">{words}</span>
    </span>
  );
}
