/**
 * A real Firefox, driven over WebDriver BiDi (W3C): just enough of it to tell a story.
 * What a person does (click, type) is done by real input events.
 */

import { spawn } from "node:child_process";
import type { ChildProcess } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";

const PROGRAM = "firefox-esr";
const PATIENCE_MS = 30_000;
const PREFERENCES = {
  "browser.shell.checkDefaultBrowser": false,
  "browser.aboutwelcome.enabled": false,
  "datareporting.policy.dataSubmissionEnabled": false,
  "app.update.enabled": false,
  "network.captive-portal-service.enabled": false,
  "network.connectivity-service.enabled": false,
  "toolkit.telemetry.reportingpolicy.firstRun": false,
};

type Answer = Record<string, unknown>;

/** One browser window of a private profile. */
export class Firefox {
  readonly #process: ChildProcess;
  readonly #socket: WebSocket;
  readonly #profile: string;
  readonly #waiting = new Map<
    number,
    { resolve: (answer: Answer) => void; reject: (why: Error) => void }
  >();
  #number = 0;
  #context = "";

  private constructor(process: ChildProcess, socket: WebSocket, profile: string) {
    this.#process = process;
    this.#socket = socket;
    this.#profile = profile;
    socket.addEventListener("message", (event) => {
      this.#take(JSON.parse(String(event.data)) as Answer);
    });
  }

  static async launch(): Promise<Firefox> {
    const profile = mkdtempSync(join(tmpdir(), "linnet-firefox-"));
    const lines = Object.entries(PREFERENCES).map(
      ([name, value]) =>
        `user_pref(${JSON.stringify(name)}, ${JSON.stringify(value)});`,
    );
    writeFileSync(join(profile, "user.js"), lines.join("\n"));
    const words = ["--headless", "--no-remote", "--profile", profile];
    const process = spawn(PROGRAM, [...words, "--remote-debugging-port=0"]);
    const address = await listening(process);
    const socket = new WebSocket(`${address}/session`);
    await new Promise((resolve, reject) => {
      socket.addEventListener("open", resolve);
      socket.addEventListener("error", reject);
    });
    const firefox = new Firefox(process, socket, profile);
    await firefox.#ask("session.new", { capabilities: {} });
    const made = await firefox.#ask("browsingContext.create", { type: "tab" });
    firefox.#context = String(made["context"]);
    return firefox;
  }

  async goto(url: string): Promise<void> {
    await this.#ask("browsingContext.navigate", {
      context: this.#context,
      url,
      wait: "complete",
    });
  }

  /** The value of an expression in the page, as JSON. */
  async evaluate<T>(expression: string): Promise<T> {
    const answer = await this.#ask("script.evaluate", {
      expression: `(async () => JSON.stringify(await (${expression})))()`,
      target: { context: this.#context },
      awaitPromise: true,
    });
    const result = answer["result"] as { value?: string } | undefined;
    if (answer["type"] !== "success" || result?.value === undefined)
      throw new Error(`Firefox could not evaluate ${expression}`);
    return JSON.parse(result.value) as T;
  }

  /** Wait until an expression is true in the page. */
  async until(expression: string): Promise<void> {
    const waiting = `new Promise((resolve, reject) => {
      const end = Date.now() + ${PATIENCE_MS};
      const look = () => {
        if (${expression}) resolve(true);
        else if (Date.now() > end) reject(new Error("never"));
        else requestAnimationFrame(look);
      };
      look();
    })`;
    await this.evaluate(waiting);
  }

  /** Click where an element is; wait until it is there. */
  async click(selector: string): Promise<void> {
    const found = JSON.stringify(selector);
    await this.until(`document.querySelector(${found})?.getClientRects().length`);
    const at = await this.evaluate<{ x: number; y: number }>(
      `(() => { const e = document.querySelector(${found});
        e.scrollIntoView({ block: "center" });
        const box = e.getBoundingClientRect();
        return { x: Math.round(box.x + box.width / 2), y: Math.round(box.y + box.height / 2) }; })()`,
    );
    await this.#perform("pointer", [
      { type: "pointerMove", ...at },
      { type: "pointerDown", button: 0 },
      { type: "pointerUp", button: 0 },
    ]);
  }

  /** Type into what has the focus; a line feed is the Enter key. */
  async type(text: string): Promise<void> {
    const keys = Array.from(text, (letter) => (letter === "\n" ? "\uE007" : letter));
    await this.#perform(
      "key",
      keys.flatMap((value) => [
        { type: "keyDown", value },
        { type: "keyUp", value },
      ]),
    );
  }

  async screenshot(): Promise<Buffer> {
    const shot = await this.#ask("browsingContext.captureScreenshot", {
      context: this.#context,
    });
    return Buffer.from(String(shot["data"]), "base64");
  }

  async close(): Promise<void> {
    const gone = new Promise((resolve) => this.#process.once("exit", resolve));
    this.#socket.close();
    this.#process.kill("SIGTERM");
    await gone;
    rmSync(this.#profile, { recursive: true, force: true, maxRetries: 5 });
  }

  async #perform(type: "pointer" | "key", actions: readonly object[]): Promise<void> {
    await this.#ask("input.performActions", {
      context: this.#context,
      actions: [{ type, id: type, actions }],
    });
  }

  #ask(method: string, params: object): Promise<Answer> {
    const id = ++this.#number;
    return new Promise((resolve, reject) => {
      this.#waiting.set(id, { resolve, reject });
      this.#socket.send(JSON.stringify({ id, method, params }));
    });
  }

  #take(answer: Answer): void {
    const asked = this.#waiting.get(Number(answer["id"]));
    if (!asked) return;
    this.#waiting.delete(Number(answer["id"]));
    if (answer["type"] === "success") asked.resolve(answer["result"] as Answer);
    else asked.reject(new Error(`Firefox: ${String(answer["message"])}`));
  }
}

function listening(process: ChildProcess): Promise<string> {
  return new Promise((resolve, reject) => {
    let said = "";
    process.once("error", reject);
    process.once("exit", () => {
      reject(new Error(`Firefox ended: ${said}`));
    });
    process.stderr?.on("data", (data: Buffer) => {
      said += data.toString();
      const match = /WebDriver BiDi listening on (ws:\/\/\S+)/.exec(said);
      if (match?.[1]) resolve(match[1]);
    });
  });
}
