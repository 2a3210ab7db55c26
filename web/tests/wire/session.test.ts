/** What a session does beside what the vectors show, in virtual time. */
import { beforeEach, expect, test } from "vitest";
import { Forged, LocalError, Malformed } from "../../src/errors.ts";
import { CipherState } from "../../src/wire/ciphers.ts";
import { build } from "../../src/wire/records.ts";
import { DEFAULT_LIMITS, Session } from "../../src/wire/session.ts";
import {
  LARGEST_MESSAGE,
  MOST_MESSAGES,
  RECORDS_PER_KEY,
} from "../../src/wire/tables.ts";

const KEYS = [new Uint8Array(32).fill(1), new Uint8Array(32).fill(2)] as const;
const bytes = (length: number): Uint8Array => new Uint8Array(length).fill(7);

let client: Session;
let relay: Session;
let counter: number;

/** A carrier between both, whose ciphers have been used so often. */
function attach(now = 0): void {
  const cipher = (key: Uint8Array): CipherState => {
    const made = new CipherState(key);
    made.counter = counter;
    return made;
  };
  client.attach(cipher(KEYS[0]), cipher(KEYS[1]), relay.received, now);
  relay.attach(cipher(KEYS[1]), cipher(KEYS[0]), client.received, now);
}

/** Let everything that has to be said pass; what arrived at the relay. */
function pass(now = 0): Uint8Array[] {
  const arrived: Uint8Array[] = [];
  for (let more = true; more;) {
    const there = client.flush(now);
    for (const record of there) arrived.push(...relay.receive(record, now));
    const back = relay.flush(now);
    for (const record of back) client.receive(record, now);
    more = there.length + back.length > 0;
  }
  return arrived;
}

beforeEach(() => {
  client = new Session(DEFAULT_LIMITS, true);
  relay = new Session(DEFAULT_LIMITS, false);
  counter = 0;
  attach();
});

test("the key of each direction is replaced after its 65,536th record", () => {
  counter = RECORDS_PER_KEY - 2;
  attach();
  client.send(bytes(1));
  expect(pass().length).toBe(1);
  client.send(bytes(2));
  const [last] = client.flush(0);
  relay.receive(last!, 0);
  client.send(bytes(3));
  const [next] = client.flush(0);

  const reference = new CipherState(KEYS[0]);
  reference.counter = RECORDS_PER_KEY;
  expect(() => reference.decrypt(next!, "under the old key")).toThrow(Forged);
  reference.rekey();
  expect(reference.decrypt(next!, "under the new one").length).toBe(112);
  expect(relay.receive(next!, 0)).toEqual([bytes(3)]);
});

test("an acknowledgement goes alone after half a second, or after 16 KiB", () => {
  pass();
  client.send(bytes(10));
  for (const record of client.flush(0)) relay.receive(record, 0);
  expect(relay.flush(0.4)).toEqual([]);
  expect(relay.wakeAt()).toBe(0.5);
  for (const record of relay.flush(0.5)) client.receive(record, 0.5);
  expect(client.unacknowledged).toBe(0);
  for (let sent = 0; sent < 5; sent++) {
    client.send(bytes(4000));
    for (const record of client.flush(1)) relay.receive(record, 1);
  }
  expect(relay.flush(1).length).toBe(1);
});

test("records hold 4 KiB and 1,024 messages at most, where messages let them", () => {
  pass();
  for (let sent = 0; sent < 10; sent++) client.send(bytes(1000));
  expect(client.flush(0).length).toBe(3);
  for (let sent = 0; sent < MOST_MESSAGES + 1; sent++) client.send(bytes(0));
  expect(client.flush(0).length).toBe(2);
});

test("what was lost with a carrier is sent again, once and in order", () => {
  pass();
  client.send(bytes(1));
  client.send(bytes(2));
  client.flush(0);
  client.detach();
  relay.detach();
  client.send(bytes(3));
  expect(client.flush(0)).toEqual([]);
  attach();
  expect(pass()).toEqual([bytes(1), bytes(2), bytes(3)]);
});

test("who does not wait is refused at twice the allowance, and told when to go on", () => {
  while (client.send(bytes(60_000)));
  expect(client.eased()).toBe(false);
  expect(() => {
    for (;;) client.send(bytes(60_000));
  }).toThrow(LocalError);
  pass(1);
  expect(pass(2)).toEqual([]);
  expect(client.eased()).toBe(true);
  expect(client.eased()).toBe(false);
  expect(() => client.send(bytes(LARGEST_MESSAGE + 1))).toThrow(LocalError);
});

test("the client asks once for each silence, and knows since when it awaits a sign", () => {
  pass();
  expect(client.wakeAt()).toBe(30);
  expect(client.flush(29.9)).toEqual([]);
  expect(client.flush(30).length).toBe(1);
  expect(client.flush(40)).toEqual([]);
  expect(client.awaitsSince).toBe(30);
  client.send(bytes(1));
  client.flush(50);
  expect(client.awaitsSince).toBe(50);
});

test("an end is told and heard", () => {
  pass();
  client.end();
  pass();
  expect(relay.ended).toBe(true);
  expect(client.ended).toBe(false);
});

test("an acknowledgement of what was never sent ends the session", () => {
  pass();
  const cipher = new CipherState(KEYS[1]);
  cipher.counter = 1;
  const lie = build({ first: 0, received: 1, flags: 0, messages: [] });
  expect(() => client.receive(cipher.encrypt(lie), 0)).toThrow(Malformed);
});
