/** Files chosen, pasted or dropped: made ready and laid beside the composer. */

import { t } from "../../i18n/index.ts";
import { toast } from "../toasts.ts";
import type { Outgoing } from "../../client/door.ts";
import type { Desk, Waiting } from "./desk.ts";

const MOST = 10;
let last = 0;

/** A file that is ready, with what it looks like. */
export function waiting(outgoing: Outgoing): Waiting {
  const isSeen = outgoing.mediaType.startsWith("image/");
  const address = isSeen ? URL.createObjectURL(outgoing.file) : null;
  return { key: ++last, outgoing, address };
}

/** Make files ready to send with the next message; what cannot be is said. */
export async function addFiles(desk: Desk, files: readonly File[]): Promise<void> {
  const room = MOST - desk.files.value.length;
  if (files.length > room) toast(t("files.most", { count: MOST }));
  const { prepare, TooManyPixels } = await import("../media/prepare.ts");
  for (const file of files.slice(0, room)) {
    try {
      desk.files.value = [...desk.files.value, waiting(await prepare(file))];
    } catch (error) {
      toast(error instanceof TooManyPixels ? t("files.pixels") : t("files.unreadable"));
    }
  }
  desk.box.current?.focus();
}
