/** Writes down what a run of the tests came to (tools/web_tests.py reads it). */

import { writeFileSync } from "node:fs";
import type { Reporter, SerializedError, TestModule } from "vitest/node";

export default class Outcome implements Reporter {
  onTestRunEnd(
    modules: readonly TestModule[],
    errors: readonly SerializedError[],
  ): void {
    const file = process.env["LINNET_OUTCOME"];
    if (file === undefined) return;
    let passed = 0;
    const failed: [string, string][] = [];
    for (const module of modules) {
      for (const test of module.children.allTests()) {
        const { state } = test.result();
        if (state === "passed") passed++;
        if (state === "failed") failed.push([module.relativeModuleId, test.fullName]);
      }
      // A module that could not be begun, or one of whose hooks failed.
      if (module.state() === "failed" && !failed.some(isOf(module)))
        failed.push([module.relativeModuleId, "(as a whole)"]);
    }
    // Errors that no test made its own.
    const stray = errors.map(({ message }) => message);
    writeFileSync(file, JSON.stringify({ passed, failed, stray }));
  }
}

const isOf =
  (module: TestModule) =>
  ([file]: [string, string]): boolean =>
    file === module.relativeModuleId;
