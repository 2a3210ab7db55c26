/** The relay that served the page, as it says so. */
import { mkdtempSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { expect, test } from "vitest";
import { fromHex } from "../../src/bytes.ts";
import { Budget } from "../../src/carriers/budget.ts";
import { dial } from "../../src/carriers/dial.ts";
import { askHome, pageAt, readHome } from "../../src/carriers/home.ts";
import { Line } from "../../src/carriers/line.ts";
import { waysTo } from "../../src/carriers/ways.ts";
import { Malformed } from "../../src/errors.ts";
import { Mode } from "../../src/wire/tables.ts";
import { RelayProcess } from "./relay_process.ts";

function built(): string {
  const folder = mkdtempSync(join(tmpdir(), "linnet-page-"));
  writeFileSync(join(folder, "index.html"), "<!doctype html>");
  return folder;
}

test("a page begins on the open relay that served it, with nothing else known", async () => {
  const relay = await new RelayProcess("--mode", "open", "--page", built()).start();
  const origin = new URL(`http://127.0.0.1:${relay.port}/`);
  const home = await askHome(origin);
  const line = new Line({
    relay: home!.relay,
    pass: null,
    ways: () => waysTo(home!.relay, pageAt(origin, home)),
    budget: new Budget(),
    dial,
    changed: () => undefined,
  });
  void line.run();
  await line.up();
  expect(await line.ask({ type: "About" })).toMatchObject({ mode: Mode.OPEN });
  expect(home!.relay.addresses.map((one) => one.road)).toEqual([1, 2]);
  line.close();
  await relay.end();
});

test("a relay that is not open keeps its path, and one that is gone says nothing", async () => {
  const relay = await new RelayProcess("--page", built()).start();
  const origin = new URL(`http://127.0.0.1:${relay.port}/`);
  expect(await askHome(origin)).toBeNull();
  await relay.end();
  expect(await askHome(origin)).toBeNull();
});

const KEY = "60".repeat(32);
const packed = Buffer.from(fromHex(`${KEY}010304686f737401bb052f646f6f7200`)).toString(
  "base64url",
);

test("the page's own origin is named last in links, and only once", () => {
  const text = JSON.stringify({ format: 1, path: "/door", relay: packed });
  const elsewhere = readHome(text, new URL("https://[2001:db8::1]:8443/app/"));
  expect(elsewhere.relay.addresses.map((one) => `${one.host} ${one.port}`)).toEqual([
    "host 443",
    "2001:db8::1 8443",
  ]);
  expect(elsewhere.here.addresses).toHaveLength(1);
  expect(readHome(text, new URL("https://host/")).relay.addresses).toHaveLength(1);
});

test.each([
  "",
  "null",
  "[]",
  "{}",
  JSON.stringify({ format: 2, path: "/door", relay: packed }),
  JSON.stringify({ format: 1, path: "door", relay: packed }),
  JSON.stringify({ format: 1, path: "/door", relay: packed.slice(1) }),
  JSON.stringify({ format: 1, path: "/door", relay: `${packed}A` }),
])("what is no such file is malformed: %s", (text) => {
  expect(() => readHome(text, new URL("https://host/"))).toThrow(Malformed);
});
