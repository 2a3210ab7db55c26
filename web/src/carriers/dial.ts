/** From a way to an open carrier: what a page gives its lines. */
import { type Dial, NoWay } from "./carrier.ts";
import { dialWebSocket } from "./websocket.ts";

/** Open a carrier of the kind that the way names; rejects with `NoWay`. */
export const dial: Dial = async (way, user, signal) => {
  if (way.by === "websocket") return dialWebSocket(way, user, signal);
  const { dialPolling } = await polling();
  return dialPolling(way, user, signal);
};

/** Few need it: it is fetched where no other road leads anywhere. */
async function polling() {
  try {
    return await import("./polling.ts");
  } catch {
    throw new NoWay("unreached");
  }
}
