/** A slow line to a server on loopback: so many bytes a second each way, and no more. */

import { createServer, connect } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

const TICK_MS = 50;

/** Bytes that wait for their turn on the line, first come first served. */
class Line {
  readonly #perTick: number;
  readonly #waiting: { bytes: Buffer; to: Socket; from: Socket }[] = [];
  #held = 0;

  constructor(bytesPerSecond: number) {
    this.#perTick = (bytesPerSecond * TICK_MS) / 1_000;
  }

  put(bytes: Buffer, from: Socket, to: Socket): void {
    this.#waiting.push({ bytes, from, to });
    this.#held += bytes.length;
    if (this.#held > 4 * this.#perTick) from.pause();
  }

  tick(): void {
    let room = this.#perTick;
    while (room > 0) {
      const next = this.#waiting.shift();
      if (!next) return;
      const now = next.bytes.subarray(0, room);
      const later = next.bytes.subarray(room);
      if (!next.to.destroyed) next.to.write(now);
      if (later.length) this.#waiting.unshift({ ...next, bytes: later });
      this.#held -= now.length;
      room -= now.length;
      if (this.#held <= 4 * this.#perTick) next.from.resume();
    }
  }
}

export class SlowLine {
  /** Where it listens, on loopback. */
  readonly port: number;
  /** Bytes that came from the server so far. */
  down = 0;
  readonly #server: Server;
  readonly #timer: NodeJS.Timeout;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, timer: NodeJS.Timeout, sockets: Set<Socket>) {
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#timer = timer;
    this.#sockets = sockets;
  }

  /** Stand before a server; `bitsPerSecond` holds for each direction, all together. */
  static async before(port: number, bitsPerSecond: number): Promise<SlowLine> {
    const lines = [new Line(bitsPerSecond / 8), new Line(bitsPerSecond / 8)] as const;
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      const far = connect(port, "127.0.0.1");
      const ends: [Socket, Socket, Line, boolean][] = [
        [near, far, lines[0], false],
        [far, near, lines[1], true],
      ];
      for (const [from, to, line, isDown] of ends) {
        sockets.add(from);
        from.on("data", (bytes: Buffer) => {
          if (isDown) slow.down += bytes.length;
          line.put(bytes, from, to);
        });
        from.on("error", () => to.destroy());
        from.on("close", () => {
          sockets.delete(from);
          to.end();
        });
      }
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const timer = setInterval(() => {
      for (const line of lines) line.tick();
    }, TICK_MS);
    const slow = new SlowLine(server, timer, sockets);
    return slow;
  }

  close(): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
