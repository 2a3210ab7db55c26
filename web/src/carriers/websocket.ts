/** WebSocket: a carrier inside an ordinary web connection (spec/session.md §8.2). */
import { Road } from "../wire/tables.ts";
import { type Carrier, type CarrierUser, NoWay, type Way } from "./carrier.ts";

/** The place of an address, with the scheme of the protocol spoken there. */
export function urlOf({ address }: Way, protocol: "ws" | "http"): string {
  const host = address.host.includes(":") ? `[${address.host}]` : address.host;
  const scheme = address.road === Road.WSS ? `${protocol}s` : protocol;
  // What does not begin with a slash would make another host of it.
  const path = address.path.replace(/^\/?/, "/");
  return `${scheme}://${host}:${address.port}${path}`;
}

/** Open a WebSocket carrier; rejects with `NoWay`, which browsers do not let it explain. */
export function dialWebSocket(
  way: Way,
  user: CarrierUser,
  signal: AbortSignal,
): Promise<Carrier> {
  return new Promise((resolve, reject) => {
    const socket = begin(way);
    let isOpen = false;
    socket.binaryType = "arraybuffer";
    const leave = (): void => {
      socket.onmessage = socket.onclose = socket.onerror = null;
      socket.close();
    };
    const abort = (): void => {
      leave();
      reject(new NoWay("slow"));
    };
    signal.addEventListener("abort", abort, { once: true });
    socket.onopen = () => {
      isOpen = true;
      signal.removeEventListener("abort", abort);
      resolve({
        send(messages) {
          // Closing while something is being said is the carrier's loss, told by onclose.
          if (socket.readyState === WebSocket.OPEN)
            for (const message of messages) socket.send(message);
        },
        close: leave,
      });
    };
    socket.onmessage = (event: MessageEvent<unknown>) => {
      if (event.data instanceof ArrayBuffer) user.arrived(new Uint8Array(event.data));
      else socket.close();
    };
    // Not everyone says both when a connection fails.
    socket.onclose = socket.onerror = () => {
      signal.removeEventListener("abort", abort);
      leave();
      if (isOpen) user.lost();
      else reject(new NoWay("unreached"));
    };
  });
}

function begin(way: Way): WebSocket {
  try {
    return new WebSocket(urlOf(way, "ws"));
  } catch {
    // A port or a scheme that the browser forbids.
    throw new NoWay("unreached");
  }
}
