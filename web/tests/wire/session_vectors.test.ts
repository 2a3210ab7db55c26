/** vectors/noise.json, session.json and session_kem.json, failures included. */
import { ml_kem768 } from "@noble/post-quantum/ml-kem.js";
import { expect, test } from "vitest";
import { concat, fromHex, hex } from "../../src/bytes.ts";
import { LinnetError, Refused } from "../../src/errors.ts";
import { CipherState } from "../../src/wire/ciphers.ts";
import { ResumptionKeys } from "../../src/wire/handshakes.ts";
import {
  HandshakeState,
  NNPSK0,
  type Party,
  type Pattern,
} from "../../src/wire/noise.ts";
import { paddedLength } from "../../src/wire/records.ts";
import { Parties, VECTORS } from "./parties.ts";
import type { Pending } from "./reception.ts";
import { vectors } from "./vectors.ts";

interface NoiseRow {
  readonly name: string;
  readonly prologue: string;
  readonly initiator_ephemeral: string;
  readonly responder_ephemeral: string;
  readonly responder_static: string | null;
  readonly psk: string | null;
  readonly messages: readonly { payload: string; message: string }[];
}

interface Failure {
  readonly name: string;
  readonly side: "relay" | "client";
  readonly state: "fresh" | "greeted" | "opened" | "resuming" | "resumed";
  readonly input: "first" | "answer" | "record";
  readonly bytes: string;
  readonly zeros: number;
  readonly error: string;
}

const NOISE = vectors("noise") as { vectors: NoiseRow[] };
const KEM = vectors("session_kem") as Record<
  "seed" | "shared_secret" | "ciphertext",
  string
>;
const FILE = vectors("session") as {
  opening: {
    relay: { seed: string };
    hello: string;
    answer: string;
    handshake_hash: string;
    resumption_key: string;
    resumption_ids: string[];
  };
  resumption: { hello: string; answer: string; record: string; messages: string[] };
  key_update: {
    key: string;
    plaintext: string;
    counter: number;
    record: string;
    next_record: string;
  }[];
  size_classes: [number, number][];
  failures: Failure[];
};

const NN: Pattern = {
  name: "Noise_NN_25519_AESGCM_SHA256",
  knowsResponder: false,
  messages: [["e"], ["e", "ee"]],
};
const NK: Pattern = {
  name: "Noise_NK_25519_AESGCM_SHA256",
  knowsResponder: true,
  messages: [
    ["e", "es"],
    ["e", "ee"],
  ],
};

test.each(NOISE.vectors)("a published handshake comes out as it must: $name", (row) => {
  const pattern = [NN, NK, NNPSK0].find((one) => one.name === row.name)!;
  const party = (initiator: boolean, ephemeral: string): Party => ({
    pattern,
    initiator,
    prologue: fromHex(row.prologue),
    entropy: () => fromHex(ephemeral),
    ...(row.psk !== null && { psk: fromHex(row.psk) }),
    ...(row.responder_static !== null && { fixed: fromHex(row.responder_static) }),
  });
  const initiator = new HandshakeState(party(true, row.initiator_ephemeral));
  const responder = new HandshakeState(party(false, row.responder_ephemeral));
  const [first, second, ...rest] = row.messages;
  expect(hex(initiator.write(fromHex(first!.payload)))).toBe(first!.message);
  expect(hex(responder.read(fromHex(first!.message)))).toBe(first!.payload);
  expect(hex(responder.write(fromHex(second!.payload)))).toBe(second!.message);
  expect(hex(initiator.read(fromHex(second!.message)))).toBe(second!.payload);
  const ciphers = [initiator.split()[0], responder.split()[0]];
  rest.forEach((one, turn) => {
    expect(hex(ciphers[turn % 2]!.encrypt(fromHex(one.payload)))).toBe(one.message);
  });
});

test("the encapsulation of the file opens with the key of its seed", () => {
  const { secretKey } = ml_kem768.keygen(fromHex(KEM.seed));
  const shared = ml_kem768.decapsulate(fromHex(KEM.ciphertext), secretKey);
  expect(hex(shared)).toBe(KEM.shared_secret);
});

test("the opening is that of the file", () => {
  const { opening } = FILE;
  const parties = new Parties();
  expect(hex(parties.hello())).toBe(opening.hello);
  expect(hex(parties.greet(fromHex(opening.hello)).answer)).toBe(opening.answer);
  const keys = new ResumptionKeys(
    fromHex(opening.relay.seed),
    fromHex(opening.handshake_hash),
  );
  expect(hex(keys.psk)).toBe(opening.resumption_key);
  const ids = opening.resumption_ids.map((_, attempt) => hex(keys.id(attempt)));
  expect(ids).toEqual(opening.resumption_ids);
});

test("both sides write and read every record as the file says", () => {
  const parties = new Parties();
  const pending = parties.greet(parties.hello());
  parties.welcome(pending.answer);
  parties.relay = pending.session;
  const [first, ...rest] = VECTORS.records;
  expect(parties.client.flush(0).map(hex)).toEqual([first!.record]);
  expect(parties.reception.confirm(pending, fromHex(first!.record), 0)).toEqual([]);
  for (const row of rest)
    expect(hex(parties.say(row.from, row.messages.map(fromHex)))).toBe(row.record);
});

test("the resumption is that of the file", () => {
  const row = FILE.resumption;
  const parties = new Parties();
  parties.open();
  parties.client.send(fromHex(row.messages[0]!));
  parties.client.flush(0);
  expect(hex(parties.resume())).toBe(row.hello);
  const pending = parties.greetAgain(fromHex(row.hello));
  expect(hex(pending.answer)).toBe(row.answer);
  parties.welcome(pending.answer);
  expect(parties.client.flush(0).map(hex)).toEqual([row.record]);
  const heard = parties.reception.confirm(pending, fromHex(row.record), 0);
  expect(heard.map(hex)).toEqual(row.messages);
});

test.each(FILE.key_update)("a key is replaced as the file says", (row) => {
  const cipher = new CipherState(fromHex(row.key));
  cipher.counter = row.counter;
  expect(hex(cipher.encrypt(fromHex(row.plaintext)))).toBe(row.record);
  cipher.rekey();
  expect(hex(cipher.encrypt(fromHex(row.plaintext)))).toBe(row.next_record);
});

test("lengths have the size classes of the file", () => {
  for (const [length, padded] of FILE.size_classes)
    expect(paddedLength(length)).toBe(padded);
});

/** The parties after what the state says has happened. */
function broughtTo(state: Failure["state"]): [Parties, Pending | null] {
  const parties = new Parties();
  if (state === "fresh") parties.hello();
  else if (state === "greeted") parties.greet(parties.hello());
  else parties.open();
  if (state !== "resuming" && state !== "resumed") return [parties, null];
  const hello = parties.resume();
  return [parties, state === "resumed" ? parties.greetAgain(hello) : null];
}

/** What becomes of the row's bytes, when nothing is thrown. */
function offer(row: Failure, parties: Parties, pending: Pending | null): string {
  const offered = concat(fromHex(row.bytes), new Uint8Array(row.zeros));
  if (row.side === "relay" && row.input === "first") {
    parties.relayScript.left.push(new Uint8Array(24));
    const greeting = parties.reception.greet(offered);
    if (greeting.kind === "opening" && greeting.refusal !== 0)
      return `Refused 0x${greeting.refusal.toString(16)}`;
    return greeting.kind === "forgotten" ? "Forgotten" : "accepted";
  }
  if (row.input === "answer")
    return parties.client.welcome(offered, 0) === "forgotten"
      ? "Forgotten"
      : "accepted";
  if (pending) parties.reception.confirm(pending, offered, 0);
  else if (row.side === "client") parties.client.receive(offered, 0);
  else parties.relay.receive(offered, 0);
  return "accepted";
}

test.each(FILE.failures)("what breaks a rule ends in the named error: $name", (row) => {
  const [parties, pending] = broughtTo(row.state);
  let outcome: string;
  try {
    outcome = offer(row, parties, pending);
  } catch (error) {
    if (!(error instanceof LinnetError)) throw error;
    outcome =
      error instanceof Refused ? `Refused 0x${error.code.toString(16)}` : error.name;
  }
  expect(outcome).toBe(row.error);
});
