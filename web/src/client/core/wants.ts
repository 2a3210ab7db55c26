/**
 * What somebody wants of a conversation that takes a commit; kept until it is true
 * (spec/conversations.md §6.3): a commit that lost is not sent again, what it was for is
 * wanted again.
 */

import { type Bytes, concat, fromUtf8, utf8 } from "../../bytes.ts";
import { Malformed } from "../../errors.ts";
import { RELAY_DESCRIPTOR, type RelayDescriptor, readWhole } from "../../wire/links.ts";

export type Want =
  /** Let an account in; its key package must have been claimed. */
  | { readonly kind: "member"; readonly account: Bytes; readonly package: Bytes | null }
  /** Let a device of one's own in; its key package must have been claimed. */
  | { readonly kind: "device"; readonly device: Bytes; readonly package: Bytes | null }
  /** Put a device of one's own out. */
  | { readonly kind: "device gone"; readonly device: Bytes }
  /** Put an account out. */
  | { readonly kind: "gone"; readonly account: Bytes }
  | { readonly kind: "title"; readonly title: string }
  /** Make an account an admin, or a plain member. */
  | { readonly kind: "admin"; readonly account: Bytes; readonly isAdmin: boolean }
  /** Go on in another stream, on another relay. */
  | { readonly kind: "move"; readonly relay: RelayDescriptor; readonly stream: Bytes }
  /** Show another display name. */
  | { readonly kind: "name"; readonly name: string }
  /** New keys for this device, so that what was stolen before is worth nothing. */
  | { readonly kind: "fresh" };

/** A want as the store keeps it: what kind, about whom, and the rest. */
export interface WantRecord {
  readonly kind: string;
  readonly subject: Bytes;
  readonly data: Bytes;
}

const NOTHING: Bytes = new Uint8Array(0);

/** Write a want; a claimed key package is kept beside it. */
export function recordOf(want: Want): WantRecord {
  const { kind } = want;
  switch (kind) {
    case "member":
    case "gone":
      return { kind, subject: want.account, data: NOTHING };
    case "device":
    case "device gone":
      return { kind, subject: want.device, data: NOTHING };
    case "title":
      return { kind, subject: NOTHING, data: utf8(want.title) };
    case "admin":
      return {
        kind,
        subject: want.account,
        data: Uint8Array.of(want.isAdmin ? 1 : 0),
      };
    case "move": {
      const relay = RELAY_DESCRIPTOR.write(want.relay);
      return { kind, subject: NOTHING, data: concat(want.stream, relay) };
    }
    case "name":
      return { kind, subject: NOTHING, data: utf8(want.name) };
    case "fresh":
      return { kind, subject: NOTHING, data: NOTHING };
  }
}

/** Read the want back, with the key package that was claimed for it. */
export function wantOf(record: WantRecord, claimed: Bytes | null = null): Want {
  const { kind, subject: account, data } = record;
  switch (kind) {
    case "member":
      return { kind, account, package: claimed };
    case "device":
      return { kind, device: account, package: claimed };
    case "device gone":
      return { kind, device: account };
    case "gone":
      return { kind, account };
    case "admin":
      return { kind, account, isAdmin: data[0] === 1 };
    case "title":
      return { kind, title: fromUtf8(data) };
    case "name":
      return { kind, name: fromUtf8(data) };
    case "move": {
      const relay = readWhole(RELAY_DESCRIPTOR, data.subarray(16));
      return { kind, relay, stream: data.slice(0, 16) };
    }
    case "fresh":
      return { kind };
    default:
      throw new Malformed("The store holds a wish of an unknown kind.");
  }
}
