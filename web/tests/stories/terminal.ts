/** Somebody with the Python client, in a terminal: `linnet --home H --json VERB`. */

import { execFile, spawn } from "node:child_process";
import { mkdtempSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";

import { type PassLink, writePassLink } from "../../src/wire/links.ts";

const PYTHON =
  process.env["LINNET_PYTHON"] ??
  fileURLToPath(new URL("../../../.venv/bin/python", import.meta.url));
const TRIES = 30;

/** A message as `linnet read --json` prints it. */
export interface Printed {
  readonly id: string;
  readonly text: string;
  readonly notice: string | null;
  readonly state: string;
  readonly deleted: boolean;
  readonly edited: boolean;
  readonly reactions: readonly unknown[];
}

/** A link of a device that waits for another one. */
export interface Linking {
  readonly link: string;
  /** Type the code, and wait until the command is done. */
  readonly confirm: (code: string) => Promise<void>;
}

export class Terminal {
  readonly home = mkdtempSync(join(tmpdir(), "linnet-home-"));
  readonly name: string;

  constructor(name: string) {
    this.name = name;
  }

  /** Make an account. */
  async begin(pass: PassLink): Promise<this> {
    await this.run("init", this.name, "--relay", writePassLink(pass));
    return this;
  }

  /** Run a command that may wait this many seconds for what is not done. */
  async within(seconds: number, ...words: readonly string[]): Promise<unknown> {
    return this.run("--wait", String(seconds), ...words);
  }

  /** Run a command; what it prints. */
  async run(...words: readonly string[]): Promise<unknown> {
    const { stdout } = await promisify(execFile)(...this.#line(words));
    return stdout.trim() === "" ? null : (JSON.parse(stdout) as unknown);
  }

  /** Be a device of the account whose other device shows this link. */
  async join(link: string, deviceName: string): Promise<this> {
    const words = ["init", "--link", link, "--device-name", deviceName];
    await promisify(execFile)(...this.#line(words));
    return this;
  }

  /** Come back from a backup. */
  async restore(file: string, phrase: string): Promise<this> {
    const [program, words, how] = this.#line(["restore", file]);
    const env = { ...how.env, LINNET_PHRASE: phrase };
    await promisify(execFile)(program, words, { env });
    return this;
  }

  /** Let a new device in: what to open there, and where to type the code it shows. */
  async link(): Promise<Linking> {
    const child = spawn(...this.#line(["link"]));
    const ended = new Promise<void>((resolve, reject) => {
      child.once("exit", (code) => {
        if (code === 0) resolve();
        else reject(new Error(`linnet link ended with ${code ?? "a signal"}`));
      });
    });
    for await (const text of createInterface({ input: child.stdout })) {
      const { link } = JSON.parse(text) as { readonly link: string };
      const confirm = async (code: string): Promise<void> => {
        child.stdin.write(`${code}\n`);
        await ended;
      };
      return { link, confirm };
    }
    throw new Error("no link was printed");
  }

  #line(
    words: readonly string[],
  ): [program: string, words: readonly string[], how: { env: NodeJS.ProcessEnv }] {
    const line = ["-m", "linnet", "--home", this.home, "--json", "--wait", "15"];
    const env = { ...process.env, LINNET_PASSPHRASE: "a passphrase of tests" };
    return [PYTHON, [...line, ...words], { env }];
  }

  /** The account's own invite link. */
  async invite(): Promise<string> {
    const printed = (await this.run("invite")) as { readonly link?: string } | string;
    const found = JSON.stringify(printed).match(/linnet:[\w-]+/u)?.[0];
    if (!found) throw new Error("no link was printed");
    return found;
  }

  /** Run a command until what it prints is as wanted. */
  async until(
    isSo: (printed: unknown) => boolean,
    ...words: readonly string[]
  ): Promise<unknown> {
    let printed: unknown;
    for (let tries = 0; tries < TRIES; tries++) {
      printed = await this.run(...words).catch((error: unknown) => String(error));
      if (isSo(printed)) return printed;
    }
    throw new Error(`${this.name} never saw it: ${JSON.stringify(printed)}`);
  }

  /** Accept the request of somebody, once it is there. */
  async accept(name: string): Promise<void> {
    await this.until((printed) => JSON.stringify(printed).includes(name), "requests");
    await this.run("accept", name);
  }

  /** Wait until exactly these texts stand in a conversation; return its messages. */
  async hears(who: string, ...texts: readonly string[]): Promise<readonly Printed[]> {
    const isSo = (printed: unknown): boolean =>
      Array.isArray(printed) &&
      JSON.stringify(said(printed as Printed[])) === JSON.stringify(texts);
    return (await this.until(isSo, "read", who)) as readonly Printed[];
  }
}

function said(messages: readonly Printed[]): readonly string[] {
  return messages.filter((one) => !one.notice).map((one) => one.text);
}
