/** The built page, as a relay serves it. */

import { spawnSync } from "node:child_process";
import { join } from "node:path";

import { PYTHON } from "./relay.ts";

const ROOT = join(import.meta.dirname, "../../..");

/** Another build to prove, in place of the checkout's own. */
const OTHER_BUILD = process.env["LINNET_PAGE"];

/** Build the page once for all stories, unless that was done since the last change. */
export default function buildPage(): void {
  if (OTHER_BUILD) return;
  const words = [join(ROOT, "tools/web.py"), "build"];
  const done = spawnSync(PYTHON, words, { cwd: ROOT, encoding: "utf8" });
  if (done.status !== 0)
    throw new Error(`The page cannot be built:\n${done.stdout}${done.stderr}`);
}
