/**
 * What every carrier is: a byte road that keeps the borders of messages
 * (spec/session.md §8). It knows nothing of what they mean.
 */
import { say } from "../sentences/index.ts";
import { Unreachable } from "../errors.ts";
import type { Address } from "../wire/links.ts";
import type { Reason } from "./status.ts";

/** One way to an address: the same place can be reached by more than one. */
export interface Way {
  readonly address: Address;
  readonly by: "websocket" | "polling";
}

/** One open connection. */
export interface Carrier {
  /** Send carrier messages, in order. */
  send(messages: readonly Uint8Array<ArrayBuffer>[]): void;
  /** Send what was given, then close; the user is told nothing more. */
  close(): void;
}

/** Who is told what a carrier brings. */
export interface CarrierUser {
  /** A whole carrier message has come. */
  arrived(message: Uint8Array): void;
  /** The carrier is gone; called once, and nothing comes after it. */
  lost(): void;
}

/** Opens a carrier; rejects with `NoWay`. Aborting the signal closes what is half open. */
export type Dial = (
  way: Way,
  user: CarrierUser,
  signal: AbortSignal,
) => Promise<Carrier>;

/** A way that could not be opened, and why; the text holds no address. */
export class NoWay extends Unreachable {
  override name = "NoWay";
  readonly reason: Reason;

  constructor(reason: Reason) {
    super(say(`way ${reason}`));
    this.reason = reason;
  }
}
