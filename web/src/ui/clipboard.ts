/** The clipboard, for words. */

import { t } from "../i18n/index.ts";
import { toast } from "./toasts.ts";

/** Put words on the clipboard, and say so. */
export async function copy(text: string): Promise<void> {
  try {
    await navigator.clipboard.writeText(text);
    toast(t("copied"));
  } catch {
    toast(t("copied.not"));
  }
}
