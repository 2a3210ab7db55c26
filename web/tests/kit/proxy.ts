/** A real proxy on loopback, as a process of its own with a folder of its own. */

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

import { freePort, linnet, PYTHON } from "./relay.ts";

export class Proxy {
  readonly port: number;
  readonly #data: string;
  readonly #process: ChildProcess;

  private constructor(port: number, data: string, running: ChildProcess) {
    this.port = port;
    this.#data = data;
    this.#process = running;
  }

  /** One that leads to the relay of a pass link. */
  static async start(pass: string): Promise<Proxy> {
    const data = mkdtempSync(join(tmpdir(), "linnet-proxy-"));
    const port = await freePort();
    const where = ["--data", data, "--relay", pass, "--listen", `127.0.0.1:${port}`];
    const words = [...where, "--address", `ws:127.0.0.1:${port}`];
    const running = spawn(PYTHON, ["-m", "linnet", "proxy", "run", ...words], {
      stdio: ["ignore", "pipe", "pipe"],
    });
    await new Promise<void>((resolve, reject) => {
      let said = "";
      const hear = (bytes: Buffer): void => {
        said += bytes.toString();
        if (said.includes("serving")) resolve();
      };
      running.stdout.on("data", hear);
      running.stderr.on("data", hear);
      running.once("exit", () => {
        reject(new Error(`the proxy ended: ${said}`));
      });
    });
    return new Proxy(port, data, running);
  }

  /** The road of one person. */
  link(name: string): string {
    return linnet("proxy", "link", "--data", this.#data, "--no-qr", name);
  }

  async stop(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#process.kill();
    await gone;
    rmSync(this.#data, { recursive: true });
  }
}
