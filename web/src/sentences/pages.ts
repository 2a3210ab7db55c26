/** What goes wrong where only the page is, in English. */

import type { Said } from "./said.ts";

export const pages = {
  bug: "Something unexpected happened in Linnet; what is stored is safe. Try again, and report it if it happens again.",
  unsendable: "This cannot be passed on between tabs.",
  start: "The browser does not let Linnet start here.",
  "tab closed":
    "The tab that was doing this was closed. What was stored is safe; look whether it was done before you do it again.",
  "no locks":
    "This browser cannot tell Linnet's tabs apart, so nothing would be safe here. Open the page by HTTPS, or in a newer browser.",
} as const;

/** Say one of these without the others, which the page itself need not carry. */
export function here(code: keyof typeof pages): Said {
  return { code, values: {}, text: pages[code] };
}
