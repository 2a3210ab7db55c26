/** A relay in the same process that echoes, and roads to it that a test can cut. */
import { x25519 } from "@noble/curves/ed25519.js";
import { Budget } from "../../src/carriers/budget.ts";
import {
  type Carrier,
  type CarrierUser,
  type Dial,
  NoWay,
} from "../../src/carriers/carrier.ts";
import type { Link, LinkEvent, LinkParts } from "../../src/carriers/link.ts";
import type { Reason } from "../../src/carriers/status.ts";
import { waysTo } from "../../src/carriers/ways.ts";
import { LinnetError, Malformed } from "../../src/errors.ts";
import type { Address } from "../../src/wire/links.ts";
import { Road } from "../../src/wire/tables.ts";
import { type Pending, Reception, type RelaySession } from "../wire/reception.ts";

export const entropy = (length: number): Uint8Array =>
  crypto.getRandomValues(new Uint8Array(length));

export const address = (host: string): Address => ({
  road: Road.WS,
  host,
  port: 80,
  path: "/door",
  cover: "",
});

/** One carrier as the relay has it. */
class Visit {
  session: RelaySession | null = null;
  #pending: Pending | null = null;
  readonly #world: World;
  readonly #user: CarrierUser;
  #isOpen = true;

  constructor(world: World, user: CarrierUser) {
    this.#world = world;
    this.#user = user;
  }

  /** What the road brings the relay; a cut road brings nothing. */
  take(message: Uint8Array): void {
    if (!this.#isOpen || !this.#world.spends(message.length)) return;
    try {
      this.#meet(message);
    } catch (error) {
      if (!(error instanceof LinnetError)) throw error;
      if (error instanceof Malformed && this.session)
        this.#world.reception.sessions.delete(this.session);
      this.cut();
    }
  }

  cut(): void {
    if (!this.#isOpen) return;
    this.#isOpen = false;
    this.session?.detach();
    this.#world.visits.delete(this);
    queueMicrotask(() => {
      this.#user.lost();
    });
  }

  leave(): void {
    this.#isOpen = false;
    this.#world.visits.delete(this);
  }

  flush(): void {
    for (const record of this.session?.flush(performance.now() / 1000) ?? [])
      this.#give(record);
  }

  #give(message: Uint8Array): void {
    queueMicrotask(() => {
      if (this.#isOpen && this.#world.spends(message.length))
        this.#user.arrived(message);
    });
  }

  #meet(message: Uint8Array): void {
    const world = this.#world;
    const now = performance.now() / 1000;
    if (this.session) {
      this.#hear(this.session.receive(message, now));
    } else if (this.#pending) {
      this.session = this.#pending.session;
      this.#hear(world.reception.confirm(this.#pending, message, now));
    } else {
      const greeting = world.reception.greet(message);
      if (greeting.kind === "opening") {
        if (world.refusal) {
          this.#give(world.reception.refuse(greeting, world.refusal));
          return;
        }
        this.#pending = world.reception.accept(greeting, 1_795_000_000);
      } else if (greeting.kind === "pending") this.#pending = greeting;
      this.#give((this.#pending ?? (greeting as { answer: Uint8Array })).answer);
    }
  }

  #hear(messages: readonly Uint8Array[]): void {
    for (const message of messages) {
      this.#world.heard.push(message);
      this.session?.send(message);
    }
    this.flush();
  }
}

/** The relay, the roads to it, and what happened. */
export class World {
  readonly key = entropy(32);
  readonly budget = new Budget();
  reception = new Reception(this.key, entropy);
  readonly visits = new Set<Visit>();
  /** What the relay received, each once and in order, or the session is wrong. */
  readonly heard: Uint8Array[] = [];
  /** What the link told. */
  readonly told: LinkEvent[] = [];
  /** The hosts that were tried, in order, with how. */
  readonly dialled: string[] = [];
  /** Why a host cannot be reached now. */
  readonly walls = new Map<string, Reason>();
  /** Hosts where carriers open and then nothing comes. */
  readonly mute = new Set<string>();
  refusal = 0;
  /** Every road is cut after so many bytes, both ways together. */
  allowance = Infinity;
  #frozenAt = Infinity;
  #spent = 0;

  readonly dial: Dial = (way, user) => {
    this.dialled.push(`${way.by} ${way.address.host}`);
    const wall = this.walls.get(way.address.host) ?? this.walls.get(way.by);
    if (wall) return Promise.reject(new NoWay(wall));
    this.#spent = 0;
    const visit = new Visit(this, user);
    this.visits.add(visit);
    if (this.mute.has(way.address.host)) visit.take = () => undefined;
    const carrier: Carrier = {
      send(messages) {
        for (const message of messages)
          queueMicrotask(() => {
            visit.take(message);
          });
      },
      close: () => {
        queueMicrotask(() => {
          visit.leave();
        });
      },
    };
    return Promise.resolve(carrier);
  };

  /** From so many bytes on, both ways together, roads bring nothing and stay open. */
  freezeAfter(bytes: number): void {
    this.#frozenAt = bytes;
  }

  /** Take bytes from the road's allowance; cut every road when it is used up. */
  spends(length: number): boolean {
    this.#spent += length;
    if (this.#spent > this.#frozenAt) return false;
    if (this.#spent <= this.allowance) return true;
    this.cut();
    return false;
  }

  cut(): void {
    for (const visit of this.visits) visit.cut();
  }

  /** What a link to this relay is made of. */
  parts(...hosts: string[]): LinkParts {
    const relay = {
      key: x25519.getPublicKey(this.key),
      addresses: hosts.map(address),
    };
    return {
      relay,
      pass: null,
      budget: this.budget,
      ways: () => waysTo(relay, { isSecure: false, home: null }),
      dial: this.dial,
      tell: (event) => this.told.push(event),
    };
  }

  /** The statuses that were shown, as words. */
  get shown(): string[] {
    return this.told.flatMap((event) =>
      event.type === "status" ? [event.status.type] : [],
    );
  }

  /** What came back, as numbers. */
  get echoed(): number[] {
    return this.told.flatMap((event) =>
      event.type === "received" ? [read(event.message)] : [],
    );
  }
}

/** A message that holds a number and is `size` bytes long. */
export function numbered(number: number, size = 4): Uint8Array<ArrayBuffer> {
  const message = new Uint8Array(size);
  new DataView(message.buffer).setUint32(0, number);
  return message;
}

export function read(message: Uint8Array): number {
  return new DataView(message.buffer, message.byteOffset).getUint32(0);
}

/** Whether the link shows that it is connected. */
export const isConnected = (link: Link): boolean => link.status.type === "connected";
