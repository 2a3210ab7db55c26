/**
 * Pictures of every screen: `node tools/screens.mjs OUT [part-of-name ...]`; the one of the
 * README: `node tools/screens.mjs --front FILE`.
 */

import { runnerImport } from "vite";

const [out = "screens", ...wanted] = process.argv.slice(2);
const { module } = await runnerImport("./tests/ui/shots.ts");
if (out === "--front") await module.shootFront(wanted[0]);
else await module.shoot(out, wanted);
process.exit(0);
