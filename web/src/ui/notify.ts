/** Notifications of the system, while the page is out of sight. */

import { t } from "../i18n/index.ts";
import type { Message } from "../client/values.ts";
import { oneLine, plainName } from "./text/bidi.ts";
import { summary } from "./talk/words.ts";
import { openTalk } from "./route.ts";
import { registered, workers } from "./workers.ts";
import type { World } from "./world.ts";

/** Ask the person, if they were not asked; true when notifications may be shown. */
export async function mayNotify(): Promise<boolean> {
  if (!("Notification" in window)) return false;
  if (Notification.permission !== "default")
    return Notification.permission === "granted";
  return (await Notification.requestPermission()) === "granted";
}

/** Show what arrives while nobody looks; the answer ends it. */
export function notifyOf(world: World): () => void {
  const stop = world.listen((event) => {
    if (event.type === "message received") void show(world, event.message);
  });
  const onMessage = ({ data }: MessageEvent<unknown>) => {
    if (typeof data !== "object" || data === null || !("open" in data)) return;
    const chat = [...world.conversations.value.keys()].find((id) => id === data.open);
    if (chat !== undefined) openTalk(chat);
  };
  workers()?.addEventListener("message", onMessage);
  return () => {
    stop();
    workers()?.removeEventListener("message", onMessage);
  };
}

async function show(world: World, message: Message): Promise<void> {
  const preferences = world.preferences.value;
  const chat = world.conversations.value.get(message.conversation);
  if (!preferences?.notifications || !chat || (chat.muted && !chat.mentioned)) return;
  if (message.notice || chat.state !== "active" || document.hasFocus()) return;
  if (!("Notification" in window) || Notification.permission !== "granted") return;
  const registration = await registered();
  const says = preferences.notificationText;
  const who = plainName(message.name);
  const text = oneLine(summary(message), 200);
  await registration?.showNotification(says ? plainName(chat.title) : "Linnet", {
    body: says ? (chat.kind === "group" ? `${who}: ${text}` : text) : t("notify.body"),
    // The same in every tab, so that several show one.
    tag: message.conversation,
    icon: "icon-192.png",
    badge: "badge-96.png",
    data: { open: message.conversation },
  });
}
