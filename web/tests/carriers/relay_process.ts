/** A real relay: `linnet relay run` on a folder of its own. */
import { type ChildProcess, execFile, spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtempSync } from "node:fs";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { type Address, type PassLink, parsePassLink } from "../../src/wire/links.ts";

/** The interpreter that has Linnet. */
export const PYTHON =
  process.env["LINNET_PYTHON"] ??
  fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));

async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (typeof address !== "object" || !address) throw new Error("no port");
  return address.port;
}

export class RelayProcess {
  readonly data = mkdtempSync(join(tmpdir(), "linnet-relay-"));
  readonly words: readonly string[];
  port = 0;
  #process: ChildProcess | null = null;

  constructor(...words: string[]) {
    this.words = words;
  }

  /** Serve; the port stays the same when it is started again. */
  async start(): Promise<this> {
    this.port ||= await freePort();
    const where = ["--data", this.data, "--listen", `127.0.0.1:${this.port}`];
    const line = ["-m", "linnet", "relay", "run", ...where, ...this.words];
    const child = spawn(PYTHON, line, { stdio: ["ignore", "ignore", "pipe"] });
    this.#process = child;
    const log: string[] = [];
    for await (const text of createInterface({ input: child.stderr })) {
      log.push(text);
      if (text.includes('"serving"')) return this;
    }
    throw new Error(log.join("\n"));
  }

  /** A pass link whose only address is one of the road. */
  async pass(road = 2): Promise<PassLink> {
    const line = ["-m", "linnet", "relay", "invite", "--data", this.data];
    const { stdout } = await promisify(execFile)(PYTHON, line);
    const link = parsePassLink(stdout);
    const addresses = link.relay.addresses.filter((one) => one.road === road);
    return { ...link, relay: { ...link.relay, addresses } };
  }

  /** Where it can be reached by WebSocket or requests. */
  async address(): Promise<Address> {
    return (await this.pass()).relay.addresses[0]!;
  }

  /** End it, and wait until it is gone. */
  async end(sign: NodeJS.Signals = "SIGTERM"): Promise<void> {
    const child = this.#process;
    this.#process = null;
    if (!child || child.exitCode !== null) return;
    child.kill(sign);
    await once(child, "exit");
  }
}
