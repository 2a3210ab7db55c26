/** A client and a relay whose every random byte is fixed, as for vectors/session.json. */
import { shake256 } from "@noble/hashes/sha3.js";
import { fromHex, utf8 } from "../../src/bytes.ts";
import { ClientSession } from "../../src/wire/client_session.ts";
import type { Entropy } from "../../src/wire/noise.ts";
import type { Session } from "../../src/wire/session.ts";
import {
  type Opening,
  type Pending,
  Reception,
  type RelaySession,
} from "./reception.ts";
import { vectors } from "./vectors.ts";

const KEM = vectors("session_kem") as Record<
  "seed" | "shared_secret" | "ciphertext",
  string
>;
export const VECTORS = vectors("session") as {
  readonly relay_private: string;
  readonly relay_public: string;
  readonly opening: { readonly client: { readonly pass: string } };
  readonly records: readonly {
    readonly from: "client" | "relay";
    readonly messages: readonly string[];
    readonly record: string;
  }[];
};
const TIME = 1_795_000_000;

/** Bytes that look random and that anyone can compute again. */
export const fixed = (name: string): Uint8Array =>
  shake256(utf8(`Linnet vectors: ${name}`), { dkLen: 32 });

/** Entropy that gives what was laid out, in order. */
export class Script {
  readonly left: Uint8Array[] = [];

  readonly draw: Entropy = (length) => {
    const drawn = this.left.shift();
    if (drawn?.length !== length) throw new Error(`${length} bytes were not laid out`);
    return drawn;
  };
}

/** Both machines, and the scripts that feed them. */
export class Parties {
  readonly clientScript = new Script();
  readonly relayScript = new Script();
  readonly client = new ClientSession(
    fromHex(VECTORS.relay_public),
    this.clientScript.draw,
    fromHex(VECTORS.opening.client.pass),
  );
  readonly reception = new Reception(
    fromHex(VECTORS.relay_private),
    this.relayScript.draw,
    () => ({
      sharedSecret: fromHex(KEM.shared_secret),
      cipherText: fromHex(KEM.ciphertext),
    }),
  );
  opening!: Opening;
  relay!: RelaySession;

  /** The client's opening. */
  hello(): Uint8Array {
    const drawn = [new Uint8Array([7]), fixed("client ephemeral"), fromHex(KEM.seed)];
    this.clientScript.left.push(...drawn);
    return this.client.hello();
  }

  /** The relay's answer to it, for the session to be confirmed. */
  greet(hello: Uint8Array): Pending {
    const drawn = [fixed("seed"), new Uint8Array([9]), fixed("relay ephemeral")];
    this.relayScript.left.push(...drawn);
    const opening = this.reception.greet(hello);
    if (opening.kind !== "opening") throw new Error("no opening");
    this.opening = opening;
    return this.reception.accept(opening, TIME);
  }

  /** The client takes the answer. */
  welcome(answer: Uint8Array): void {
    this.clientScript.left.push(new Uint8Array([0x80]));
    this.client.welcome(answer, 0);
  }

  /** Open the session and pass every record of the file. */
  open(): void {
    const pending = this.greet(this.hello());
    this.welcome(pending.answer);
    this.relay = pending.session;
    this.reception.confirm(pending, this.client.flush(0)[0]!, 0);
    for (const row of VECTORS.records.slice(1))
      this.say(row.from, row.messages.map(fromHex));
  }

  /** One record, given and taken. */
  say(from: "client" | "relay", messages: readonly Uint8Array[]): Uint8Array {
    const [giver, taker]: [Session, Session] =
      from === "client" ? [this.client, this.relay] : [this.relay, this.client];
    for (const message of messages) giver.send(message);
    const [record] = giver.flush(0);
    taker.receive(record!, 0);
    return record!;
  }

  /** The client's resumption. */
  resume(): Uint8Array {
    const drawn = [new Uint8Array([5]), fixed("client ephemeral, resuming")];
    this.clientScript.left.push(...drawn);
    return this.client.hello();
  }

  /** The relay's answer to it. */
  greetAgain(hello: Uint8Array): Pending {
    const drawn = [new Uint8Array([6]), fixed("relay ephemeral, resuming")];
    this.relayScript.left.push(...drawn);
    const pending = this.reception.greet(hello);
    if (pending.kind !== "pending") throw new Error("no resumption");
    return pending;
  }
}
