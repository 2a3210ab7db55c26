/**
 * Pictures of every screen: `node tools/screens.mjs OUT [part-of-name ...]`, with `--tall` of
 * all that is below the edge too; the one of the README: `node tools/screens.mjs --front FILE`.
 */

import { runnerImport } from "vite";

const words = process.argv.slice(2);
const [out = "screens", ...wanted] = words.filter((word) => word !== "--tall");
const { module } = await runnerImport("./tests/ui/shots.ts");
if (out === "--front") await module.shootFront(wanted[0]);
else await module.shoot(out, wanted, words.includes("--tall"));
process.exit(0);
