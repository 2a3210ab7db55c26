/** Writing files where the person keeps theirs. */

import type { Message } from "../../client/values.ts";
import { fileName } from "../text/bidi.ts";
import { toast } from "../toasts.ts";
import type { World } from "../world.ts";

/** Offer a file for saving; never opened by the page. */
export function saveBlob(blob: Blob, name: string): void {
  const inert = new Blob([blob], { type: "application/octet-stream" });
  const address = URL.createObjectURL(inert);
  const link = document.createElement("a");
  link.href = address;
  link.download = fileName(name);
  link.click();
  setTimeout(() => {
    URL.revokeObjectURL(address);
  }, 60_000);
}

/** Fetch a message's file and offer it for saving. */
export async function saveFile(world: World, message: Message): Promise<void> {
  if (!message.attachment) return;
  try {
    const blob = await world.door.fetchFile(message.conversation, message.id);
    saveBlob(blob, message.attachment.name);
  } catch (error) {
    toast(error);
  }
}
