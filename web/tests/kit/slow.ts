/** A slow line to a server on loopback: so many bytes a second each way, and no more. */

import { createServer, connect } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

const TICK_MS = 50;

/** Bytes that wait for their turn on the line, first come first served. */
class Line {
  readonly #perTick: number;
  readonly #waiting: { bytes: Buffer; to: Socket }[] = [];
  readonly #paused = new Set<Socket>();
  #held = 0;

  constructor(bytesPerSecond: number) {
    this.#perTick = (bytesPerSecond * TICK_MS) / 1_000;
  }

  put(bytes: Buffer, from: Socket, to: Socket): void {
    this.#waiting.push({ bytes, to });
    this.#held += bytes.length;
    if (this.#held <= 4 * this.#perTick) return;
    from.pause();
    this.#paused.add(from);
  }

  tick(): void {
    let room = this.#perTick;
    while (room > 0) {
      const next = this.#waiting.shift();
      if (!next) break;
      const now = next.bytes.subarray(0, room);
      const later = next.bytes.subarray(room);
      if (!next.to.destroyed) next.to.write(now);
      if (later.length) this.#waiting.unshift({ ...next, bytes: later });
      this.#held -= now.length;
      room -= now.length;
    }
    if (this.#held > 4 * this.#perTick) return;
    // All of them: whoever was stopped may have nothing more on the line.
    for (const from of this.#paused) from.resume();
    this.#paused.clear();
  }
}

export class SlowLine {
  /** Where it listens, on loopback. */
  readonly port: number;
  /** Bytes that came from the server so far. */
  down = 0;
  /** Bytes that went to it. */
  up = 0;
  /** What was asked for by HTTP, in order. */
  readonly asked: string[] = [];
  #isCut = false;
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
      if (slow.#isCut) {
        near.destroy();
        return;
      }
      const far = connect(port, "127.0.0.1");
      const ends: [Socket, Socket, Line, boolean][] = [
        [near, far, lines[0], false],
        [far, near, lines[1], true],
      ];
      for (const [from, to, line, isDown] of ends) {
        sockets.add(from);
        from.on("data", (bytes: Buffer) => {
          slow.#count(bytes, isDown);
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

  /** From now on there is no network. */
  cut(): void {
    this.#isCut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  #count(bytes: Buffer, isDown: boolean): void {
    if (isDown) this.down += bytes.length;
    else this.up += bytes.length;
    const path = isDown ? null : /^GET (\/\S*) HTTP/.exec(bytes.toString("latin1"));
    if (path?.[1] !== undefined) this.asked.push(path[1]);
  }

  close(): void {
    clearInterval(this.#timer);
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }
}
