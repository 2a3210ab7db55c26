/** The page begins here. */

import { openDoor } from "./client/tabs/index.ts";
import { begin } from "./ui/begin.tsx";
import { allowOwnScripts } from "./ui/trusted.ts";
import { keepUpdated } from "./ui/updates.ts";

allowOwnScripts();
const root = document.querySelector("#app");
if (root) {
  begin(openDoor(), root)
    .then(keepUpdated)
    // A page that cannot keep itself for later is still a page.
    .catch(() => undefined);
}
