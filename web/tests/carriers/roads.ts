/** What the page of `chromium.test.ts` runs: one line to a relay, by one kind of way. */
import { Budget } from "../../src/carriers/budget.ts";
import { dial } from "../../src/carriers/dial.ts";
import { askHome, pageAt } from "../../src/carriers/home.ts";
import { Line } from "../../src/carriers/line.ts";
import { sentenceOf } from "../../src/carriers/status.ts";
import { waysTo } from "../../src/carriers/ways.ts";

/** Ask the relay at an origin what it is; what the line says of itself then. */
export async function ask(
  origin: string,
  by: "websocket" | "polling",
): Promise<string> {
  const home = await askHome(new URL(origin));
  if (!home) return "no home";
  const line = new Line({
    relay: home.here,
    pass: null,
    ways: () =>
      waysTo(home.here, pageAt(new URL(origin), null)).filter((way) => way.by === by),
    budget: new Budget(),
    dial,
    changed: () => undefined,
  });
  void line.run();
  await line.up();
  const grants = await line.ask({ type: "About" });
  const said = `${sentenceOf(line.status)} mode ${grants.mode}`;
  line.close();
  return said;
}

Object.assign(globalThis, { ask });
