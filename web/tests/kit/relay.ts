/** A real relay on loopback, as a process of its own with a folder of its own. */

import { spawn, spawnSync } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { cpSync, mkdtempSync, rmSync } from "node:fs";
import { createServer } from "node:net";
import type { AddressInfo } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";

const ROOT = join(import.meta.dirname, "../../..");
/** The Python of the checkout's own environment. */
export const PYTHON = join(ROOT, ".venv/bin/python");

export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => {
    server.listen(0, "127.0.0.1", resolve);
  });
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => {
    server.close(resolve);
  });
  return port;
}

/** What a `linnet` command prints; throws what it says when it fails. */
export function linnet(...words: string[]): string {
  const done = spawnSync(PYTHON, ["-m", "linnet", ...words], { encoding: "utf8" });
  if (done.status !== 0) throw new Error(`linnet ${words.join(" ")}: ${done.stderr}`);
  return done.stdout.trim();
}

export class Relay {
  readonly port: number;
  readonly data: string;
  readonly #words: readonly string[];
  #process: ChildProcess | null = null;

  private constructor(port: number, data: string, words: readonly string[]) {
    this.port = port;
    this.data = data;
    this.#words = words;
  }

  static async start(...words: string[]): Promise<Relay> {
    const data = mkdtempSync(join(tmpdir(), "linnet-relay-"));
    const relay = new Relay(await freePort(), data, words);
    await relay.run();
    return relay;
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}/`;
  }

  /** Start it, or start it again on the same data. */
  async run(): Promise<void> {
    const where = ["--data", this.data, "--listen", `127.0.0.1:${this.port}`];
    const page = process.env["LINNET_PAGE"];
    if (page) where.push("--page", page);
    const words = ["-m", "linnet", "relay", "run", ...where, ...this.#words];
    const started = spawn(PYTHON, words, { stdio: ["ignore", "ignore", "pipe"] });
    this.#process = started;
    await new Promise<void>((resolve, reject) => {
      let said = "";
      started.once("exit", () => {
        reject(new Error(`the relay ended: ${said}`));
      });
      started.stderr.on("data", (data: Buffer) => {
        said += data.toString();
        if (said.includes('"serving"')) resolve();
      });
    });
  }

  passLink(): string {
    return linnet("relay", "invite", "--data", this.data);
  }

  async stop(signal: "SIGTERM" | "SIGKILL" = "SIGTERM"): Promise<void> {
    const ending = this.#process;
    this.#process = null;
    if (!ending || ending.exitCode !== null) return;
    const gone = new Promise((resolve) => ending.once("exit", resolve));
    ending.kill(signal);
    await gone;
  }

  /** A copy of its data, taken while it is stopped. */
  snapshot(): string {
    const copy = mkdtempSync(join(tmpdir(), "linnet-relay-copy-"));
    cpSync(this.data, copy, { recursive: true });
    return copy;
  }

  /** Put an older copy in place of its data, while it is stopped. */
  rewind(copy: string): void {
    rmSync(this.data, { recursive: true });
    cpSync(copy, this.data, { recursive: true });
    rmSync(copy, { recursive: true });
  }

  async remove(): Promise<void> {
    await this.stop();
    rmSync(this.data, { recursive: true, force: true });
  }
}
