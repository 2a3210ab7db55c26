/** A censor on loopback, before a server: what it does to connections that upgrade. */

import { createServer, connect } from "node:net";
import type { AddressInfo, Server, Socket } from "node:net";

/** Let it through, close it, or let nothing more of it through from now on. */
export type Rule = "pass" | "cut" | "swallow";

export class Gate {
  /** Where it listens. */
  readonly port: number;
  /** What it does to a WebSocket; plain requests pass. */
  rule: Rule = "pass";
  /** How many WebSockets were begun here. */
  upgrades = 0;
  #isShut = false;
  readonly #server: Server;
  readonly #sockets: Set<Socket>;

  private constructor(server: Server, sockets: Set<Socket>) {
    this.port = (server.address() as AddressInfo).port;
    this.#server = server;
    this.#sockets = sockets;
  }

  /** Stand before a port, or, before none is known, before what is there later. */
  static async before(port: () => number): Promise<Gate> {
    const sockets = new Set<Socket>();
    const server = createServer((near) => {
      if (gate.#isShut) {
        near.destroy();
        return;
      }
      const far = connect(port(), "127.0.0.1");
      let upgrades = false;
      near.on("data", (bytes: Buffer) => {
        if (!upgrades && /^upgrade: websocket\r$/im.test(bytes.toString("latin1"))) {
          upgrades = true;
          gate.upgrades++;
        }
        gate.#judge(upgrades, near, () => far.write(bytes));
      });
      far.on("data", (bytes: Buffer) => {
        gate.#judge(upgrades, near, () => near.write(bytes));
      });
      for (const [one, other] of [
        [near, far],
        [far, near],
      ] as const) {
        sockets.add(one);
        one.on("error", () => other.destroy());
        one.on("close", () => {
          sockets.delete(one);
          other.end();
        });
      }
    });
    await new Promise<void>((resolve) => {
      server.listen(0, "127.0.0.1", resolve);
    });
    const gate = new Gate(server, sockets);
    return gate;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** From now on there is nothing here. */
  shut(): void {
    this.#isShut = true;
    for (const socket of this.#sockets) socket.destroy();
  }

  close(): void {
    for (const socket of this.#sockets) socket.destroy();
    this.#server.close();
  }

  #judge(upgrades: boolean, near: Socket, pass: () => void): void {
    if (!upgrades || this.rule === "pass") pass();
    else if (this.rule === "cut") near.destroy();
    // Else it is swallowed: to who waits it looks as a long way does.
  }
}
