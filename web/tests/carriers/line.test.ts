/** A line from here to a real relay: every request, and what becomes of them. */
import { sha256 } from "@noble/hashes/sha2.js";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import type { Bytes } from "../../src/bytes.ts";
import { Budget } from "../../src/carriers/budget.ts";
import { Line, SessionLost } from "../../src/carriers/line.ts";
import { waysTo } from "../../src/carriers/ways.ts";
import { dialWebSocket } from "../../src/carriers/websocket.ts";
import { Refused } from "../../src/errors.ts";
import type { Reply } from "../../src/wire/codec.ts";
import { NO_ENVELOPE, NO_LIMIT } from "../../src/wire/requests.ts";
import { BY_PASS } from "../../src/wire/requests_blobs.ts";
import { Mode, Refusal } from "../../src/wire/tables.ts";
import { RelayProcess } from "./relay_process.ts";

const random = (length: number): Bytes =>
  crypto.getRandomValues(new Uint8Array(length));
const relay = new RelayProcess("--mode", "open", "--plain-tcp", "no");
const lines: Line[] = [];

beforeAll(async () => {
  await relay.start();
});
afterEach(() => {
  for (const line of lines.splice(0)) line.close();
});
afterAll(async () => {
  await relay.end();
});

async function line(at: RelayProcess = relay): Promise<Line> {
  const { relay: descriptor, token } = await at.pass();
  const ways = waysTo(descriptor, { isSecure: false, home: null });
  const made = new Line({
    relay: descriptor,
    pass: token,
    ways: () => ways,
    budget: new Budget(),
    dial: dialWebSocket,
    changed: () => undefined,
  });
  lines.push(made);
  void made.run();
  await made.up();
  return made;
}

interface Tokens {
  readonly stream: Bytes;
  readonly epoch: number;
  readonly appendToken: Bytes;
  readonly readToken: Bytes;
  readonly controlToken: Bytes;
}

async function created(one: Line): Promise<Tokens> {
  const tokens = {
    stream: random(16),
    epoch: 0,
    appendToken: random(32),
    readToken: random(32),
    controlToken: random(32),
  };
  await one.ask({
    type: "Create",
    stream: tokens.stream,
    isFenced: true,
    epoch: 0,
    retentionSeconds: 0,
    appendHash: sha256(tokens.appendToken),
    readHash: sha256(tokens.readToken),
    controlHash: sha256(tokens.controlToken),
  });
  return tokens;
}

const refusal = async (asked: Promise<unknown>): Promise<number> => {
  const error: unknown = await asked.catch((one: unknown) => one);
  if (!(error instanceof Refused)) throw error;
  return error.code;
};

test("the relay says what it is and grants", async () => {
  const one = await line();
  const grants = await one.ask({ type: "About" });
  expect(grants).toMatchObject({ mode: Mode.OPEN, maxEnvelope: 49_152 });
  expect(Math.abs(one.relayTime! - Date.now() / 1000)).toBeLessThan(60);
});

test("what one appends another who follows gets, whispers too", async () => {
  const [one, two] = [await line(), await line()];
  const tokens = await created(one);
  const { handle } = await one.ask({ type: "Open", ...tokens });
  const other = await two.ask({ type: "Open", ...tokens });
  const came: Reply[] = [];
  const all = new Promise<void>((resolve) => {
    two.follow(other.handle, (reply) => {
      came.push(reply);
      if (came.length === 3) resolve();
    });
  });
  await two.ask({
    type: "Subscribe",
    handle: other.handle,
    after: 0,
    envelope: NO_ENVELOPE,
    skipOwn: false,
  });
  const envelope = random(16);
  const appended = await one.ask({
    type: "Append",
    handle,
    envelope,
    data: random(900),
  });
  expect(appended.receipts[0]).toMatchObject({ sequence: 1 });
  await one.whisper({ type: "Ephemeral", handle, data: random(3) });
  await one.ask({
    type: "Commit",
    handle,
    envelope: random(16),
    appendHash: random(32),
    readHash: random(32),
    data: random(40_000),
  });
  await all;
  expect(came.filter((reply) => reply.type === "Deliver").length).toBe(2);
  expect(came.some((reply) => reply.type === "Whisper")).toBe(true);
  const stale = {
    type: "Append",
    handle,
    envelope: random(16),
    data: random(1),
  } as const;
  expect(await refusal(one.ask(stale))).toBe(Refusal.STALE);
  const found = await one.ask({
    type: "Read",
    handle,
    after: 0,
    envelope: NO_ENVELOPE,
    limit: NO_LIMIT,
  });
  expect(found.envelopes[0]!.envelope).toEqual(envelope);
  await two.ask({ type: "Close", handle: other.handle });
});

test("who has the control token erases, trims and destroys", async () => {
  const one = await line();
  const { handle } = await one.ask({ type: "Open", ...(await created(one)) });
  const envelope = random(16);
  await one.ask({ type: "Append", handle, envelope, data: random(9) });
  await one.ask({ type: "Erase", handle, sequence: 1, envelope });
  await one.ask({ type: "Trim", handle, upto: 1 });
  await one.ask({ type: "Destroy", handle });
  expect(await refusal(one.ask({ type: "Trim", handle, upto: 1 }))).toBe(
    Refusal.NO_SUCH_HANDLE,
  );
});

test("a key package is laid on a shelf and claimed once", async () => {
  const one = await line();
  const [shelf, ownerToken, claimToken] = [random(16), random(32), random(32)];
  const laid = await one.ask({
    type: "ShelfPut",
    shelf,
    ownerToken,
    claimHash: sha256(claimToken),
    replace: false,
    lastResort: new Uint8Array(),
    packages: [random(700)],
  });
  expect(laid).toMatchObject({ count: 1, hasLastResort: false });
  const claim = { type: "ShelfClaim", shelf, claimToken } as const;
  expect((await one.ask(claim)).package.length).toBe(700);
  expect(await refusal(one.ask(claim))).toBe(Refusal.SHELF_EMPTY);
  expect((await one.ask({ type: "ShelfCount", shelf, ownerToken })).count).toBe(0);
  await one.ask({ type: "ShelfDestroy", shelf, ownerToken });
});

test("a blob goes up in pieces and comes down again", async () => {
  const one = await line();
  const [blob, deleteToken, whole] = [random(32), random(32), random(60_000)];
  const deleteHash = sha256(deleteToken);
  await one.ask({
    type: "BlobCreate",
    blob,
    size: 60_000,
    deleteHash,
    handle: BY_PASS,
  });
  const pieces = [0, 20_000, 40_000].map((offset) =>
    one.ask({
      type: "BlobPut",
      blob,
      offset,
      data: whole.slice(offset, offset + 20_000),
    }),
  );
  await Promise.all(pieces);
  expect(await one.ask({ type: "BlobStat", blob })).toMatchObject({ held: 60_000 });
  const got = await one.ask({ type: "BlobGet", blob, offset: 20_000, length: 20_000 });
  expect(got.data).toEqual(whole.slice(20_000, 40_000));
  await one.ask({ type: "BlobDelete", blob, deleteToken });
  expect(await refusal(one.ask({ type: "BlobStat", blob }))).toBe(Refusal.NO_SUCH_BLOB);
});

test("a question that a relay's end leaves open is lost, and the line comes back", async () => {
  const own = await new RelayProcess("--mode", "open", "--plain-tcp", "no").start();
  const one = await line(own);
  const lost = new Promise<void>((resolve) => {
    one.onLoss(resolve);
  });
  await own.end("SIGKILL");
  const asked = one.ask({ type: "About" });
  const outcome = expect(asked).rejects.toThrow(SessionLost);
  await own.start();
  one.hurry();
  await Promise.all([outcome, lost]);
  await one.up();
  expect(one.generation).toBe(2);
  expect(await one.ask({ type: "About" })).toMatchObject({ mode: Mode.OPEN });
  one.close();
  await own.end();
});

test("a line that is closed answers every question with its loss", async () => {
  const one = await line();
  const asked = expect(one.ask({ type: "About" })).rejects.toThrow(SessionLost);
  one.close();
  await asked;
  await expect(one.ask({ type: "About" })).rejects.toThrow(SessionLost);
});
