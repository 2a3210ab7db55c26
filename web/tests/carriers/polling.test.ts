/** Carriers made of requests, to a real relay and over roads that are cut. */
import { randomBytes } from "node:crypto";
import { once } from "node:events";
import { type Server, type Socket, connect, createServer } from "node:net";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import { fromHex, hex } from "../../src/bytes.ts";
import { Budget } from "../../src/carriers/budget.ts";
import { type Carrier, NoWay, type Way } from "../../src/carriers/carrier.ts";
import { Line } from "../../src/carriers/line.ts";
import { dial } from "../../src/carriers/dial.ts";
import { dialPolling } from "../../src/carriers/polling.ts";
import { readMessages, writePoll } from "../../src/carriers/polls.ts";
import { waysTo } from "../../src/carriers/ways.ts";
import { Malformed } from "../../src/errors.ts";
import { ClientSession } from "../../src/wire/client_session.ts";
import type { Address, PassLink } from "../../src/wire/links.ts";
import { BY_PASS } from "../../src/wire/requests_blobs.ts";
import { Mode } from "../../src/wire/tables.ts";
import { vectors } from "../wire/vectors.ts";
import { RelayProcess } from "./relay_process.ts";
import { entropy } from "./world.ts";

const FILE = vectors("polls") as {
  polls: {
    carrier: string;
    kind: number;
    number: number;
    messages: string[];
    body: string;
  }[];
  answers: { messages: string[]; body: string }[];
  bad_answers: { why: string; body: string }[];
};

const relay = new RelayProcess("--mode", "open", "--plain-tcp", "no");
let pass: PassLink;
let address: Address;

beforeAll(async () => {
  await relay.start();
  pass = await relay.pass();
  address = pass.relay.addresses[0]!;
});
afterAll(async () => {
  await relay.end();
});

const by = (at: Address): Way => ({ address: at, by: "polling" });
const patience = (): AbortSignal => AbortSignal.timeout(10_000);
const nobody = { arrived: () => undefined, lost: () => undefined };

/** A road that is cut after so many bytes in either direction. */
async function cuttingProxy(allowed: number): Promise<[Server, Address]> {
  const forward = (from: Socket, to: Socket): void => {
    let passed = 0;
    from.on("data", (data) => {
      to.write(Buffer.from(data as Uint8Array).subarray(0, allowed - passed));
      passed += data.length;
      if (passed >= allowed) from.destroy();
    });
    from.on("error", () => to.destroy());
    from.on("close", () => to.destroy());
  };
  const server = createServer((near) => {
    const far = connect(address.port, address.host);
    forward(near, far);
    forward(far, near);
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const place = server.address();
  if (typeof place !== "object" || !place) throw new Error("no port");
  return [server, { ...address, port: place.port }];
}

async function line(at: Address): Promise<Line> {
  const { relay: descriptor, token } = pass;
  const home = { ...descriptor, addresses: [at] };
  const ways = waysTo(home, { isSecure: false, home: null }).slice(1);
  const made = new Line({
    relay: descriptor,
    pass: token,
    ways: () => ways,
    budget: new Budget(),
    dial,
    changed: () => undefined,
  });
  void made.run();
  await made.up();
  return made;
}

test.each(FILE.polls)("a request is written as the file says", (row) => {
  const poll = {
    carrier: fromHex(row.carrier),
    kind: row.kind,
    number: row.number,
    messages: row.messages.map(fromHex),
  };
  expect(hex(writePoll(poll))).toBe(row.body);
});

test.each(FILE.answers)("an answer reads as the file says", (row) => {
  expect(readMessages(fromHex(row.body)).map(hex)).toEqual(row.messages);
});

test.each(FILE.bad_answers)("a bad answer is malformed: $why", (row) => {
  expect(() => readMessages(fromHex(row.body))).toThrow(Malformed);
});

test("a line works over requests alone, and says so", async () => {
  const one = await line(address);
  expect(await one.ask({ type: "About" })).toMatchObject({ mode: Mode.OPEN });
  expect(one.status).toMatchObject({ type: "connected", way: { by: "polling" } });
  one.close();
});

test("a blob goes up and comes down once though each connection is cut", async () => {
  const [proxy, cut] = await cuttingProxy(12_000);
  const one = await line(cut);
  const size = 60_000;
  const [blob, whole] = [entropy(32), entropy(size)].map(
    (bytes) => new Uint8Array(bytes),
  );
  const deleteHash = new Uint8Array(32);
  await one.ask({ type: "BlobCreate", blob: blob!, size, deleteHash, handle: BY_PASS });
  const offsets = Array.from({ length: 15 }, (_, piece) => piece * 4000 + piece * 200);
  const pieces = offsets
    .filter((offset) => offset < size)
    .map((offset) => {
      const data = whole!.slice(offset, offset + 4200);
      return one.ask({ type: "BlobPut", blob: blob!, offset, data });
    });
  await Promise.all(pieces);
  const got = await Promise.all(
    offsets.map((offset) =>
      one.ask({ type: "BlobGet", blob: blob!, offset, length: 4200 }),
    ),
  );
  expect(Buffer.concat(got.map((chunk) => chunk.data)).equals(whole!)).toBe(true);
  expect(one.generation).toBe(1);
  one.close();
  proxy.close();
});

test("a website without the path is no relay's door", async () => {
  const lost = dialPolling(by({ ...address, path: "/old" }), nobody, patience());
  await expect(lost).rejects.toMatchObject({ reason: "stranger" });
});

test("a place where nobody answers is named", async () => {
  const lost = dialPolling(by({ ...address, port: 1 }), nobody, patience());
  await expect(lost).rejects.toBeInstanceOf(NoWay);
});

test("a relay that closes is noticed", async () => {
  let carrier: Carrier | null = null;
  await new Promise<void>((resolve, reject) => {
    const user = { arrived: () => undefined, lost: resolve };
    dialPolling(by(address), user, patience()).then((opened) => {
      carrier = opened;
      // For another relay's key: this one closes and says nothing.
      opened.send([new ClientSession(entropy(32), entropy).hello()]);
    }, reject);
  });
  expect(carrier).not.toBeNull();
});

test("an answer without end is not read", async () => {
  const endless = createServer((socket) => {
    socket.on("error", () => undefined);
    socket.write("HTTP/1.1 200 OK\r\n\r\n");
    const more = (): void => {
      while (socket.writable && socket.write(randomBytes(16_384)));
    };
    socket.on("drain", more);
    more();
  }).listen(0, "127.0.0.1");
  await once(endless, "listening");
  const place = endless.address() as { port: number };
  const lost = dialPolling(by({ ...address, port: place.port }), nobody, patience());
  await expect(lost).rejects.toMatchObject({ reason: "stranger" });
  endless.close();
});

test("who is answered with nothing at once asks again only slowly", async () => {
  vi.useFakeTimers();
  let asked = 0;
  vi.stubGlobal("fetch", () => {
    asked++;
    if (asked > 100) return Promise.reject(new Error("asked without a pause"));
    return Promise.resolve(new Response(new Uint8Array()));
  });
  try {
    const carrier = await dialPolling(by(address), nobody, patience());
    for (let turn = 0; turn < 200; turn++) await vi.advanceTimersByTimeAsync(50);
    // In ten seconds: the one that began it, and a FETCH each half second.
    expect(asked).toBeLessThan(25);
    expect(asked).toBeGreaterThan(15);
    carrier.close();
  } finally {
    vi.unstubAllGlobals();
    vi.useRealTimers();
  }
});
