/** Members in a Python process, spoken to by a line of JSON each way. */
import {
  spawn,
  spawnSync,
  type ChildProcessWithoutNullStreams,
} from "node:child_process";
import { existsSync } from "node:fs";
import { delimiter, join } from "node:path";
import { createInterface, type Interface } from "node:readline";
import type { Answer, Member, Request } from "./members.ts";

const root = join(import.meta.dirname, "../../../..");
const environment = {
  ...process.env,
  PYTHONPATH: [join(root, "mls/src"), process.env["PYTHONPATH"] ?? ""].join(delimiter),
};

function interpreter(): string {
  const own = join(root, ".venv/bin/python");
  return process.env["PYTHON"] ?? (existsSync(own) ? own : "python3");
}

/** Whether there is a Python that has our package's dependency. */
export function hasPython(): boolean {
  const asked = spawnSync(interpreter(), ["-c", "import mls"], { env: environment });
  return asked.status === 0;
}

/** A Python process in which members live. */
export class PythonPeer {
  readonly #process: ChildProcessWithoutNullStreams;
  readonly #lines: Interface;
  readonly #waiting: ((line: string) => void)[] = [];

  constructor(seed: string) {
    const script = join(root, "tests/web/mls_peer.py");
    this.#process = spawn(interpreter(), [script, seed], { env: environment });
    this.#process.stderr.pipe(process.stderr);
    this.#lines = createInterface(this.#process.stdout);
    this.#lines.on("line", (line) => this.#waiting.shift()?.(line));
  }

  /** A member that lives there. */
  member(name: string, suite: number): Member {
    const ask = (verb: string, request: Request = {}) =>
      this.#ask({ ...request, name, suite, verb });
    return { name, language: "Python", ask };
  }

  #ask(request: Request): Promise<Answer> {
    this.#process.stdin.write(`${JSON.stringify(request)}\n`);
    return new Promise((resolve) => {
      this.#waiting.push((line) => {
        resolve(JSON.parse(line) as Answer);
      });
    });
  }

  /** Let the process end. */
  close(): void {
    this.#process.stdin.end();
    this.#lines.close();
  }
}
