/** Pictures of every screen: `node tools/screens.mjs OUT [part-of-name ...]`. */

import { runnerImport } from "vite";

const [out = "screens", ...wanted] = process.argv.slice(2);
const { module } = await runnerImport("./tests/ui/shots.ts");
await module.shoot(out, wanted);
process.exit(0);
