/** From a way to an open carrier: what a page gives its lines. */
import type { Dial } from "./carrier.ts";
import { dialPolling } from "./polling.ts";
import { dialWebSocket } from "./websocket.ts";

/** Open a carrier of the kind that the way names; rejects with `NoWay`. */
export const dial: Dial = (way, user, signal) =>
  (way.by === "polling" ? dialPolling : dialWebSocket)(way, user, signal);
