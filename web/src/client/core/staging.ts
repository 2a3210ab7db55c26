/**
 * A commit of ours between making it and seeing it come back (spec/conversations.md
 * §6.3): the staged commit, its envelope, and what to do once it counts.
 */

import type { Bytes } from "../../bytes.ts";
import { BugError } from "../../errors.ts";
import { Group } from "../../mls/index.ts";
import { decode, encode, isArray, isBytes, isUint, type Value } from "./cbor.ts";
import {
  type BlobRef,
  type EpochKeys,
  packBlobRef,
  packEpochKeys,
  unpackBlobRef,
  unpackEpochKeys,
} from "./envelope.ts";
import type { Change, Deed } from "./outcomes.ts";
import { groupSettings } from "./people.ts";

/** One commit that waits for the relay's word. */
export interface Staged {
  readonly epoch: number;
  /** The id it is sent under. */
  readonly envelope: Bytes;
  /** The sealed envelope. */
  readonly data: Bytes;
  /** Keys of the epoch it leads to. */
  readonly nextKeys: EpochKeys;
  /** Numbers of the wants it fulfils. */
  readonly wants: readonly number[];
  /** Wants among them that get the Welcome. */
  readonly invitees: readonly number[];
  /** The staged commit; or, for a resync, the group it leads to. */
  readonly commit: Bytes;
  readonly isResync: boolean;
  /** Where the message lies when it did not fit, with its sealed bytes. */
  readonly blob: SealedBlob | null;
  /** The stream it moves the conversation to, which must exist before. */
  readonly move: Bytes | null;
  /** What it does, for the timeline. */
  readonly changes: readonly Change[];
}

/** A blob and the sealed bytes to put into it. */
export interface SealedBlob {
  readonly ref: BlobRef;
  readonly sealed: Bytes;
}

/** Write it for the store. */
export function packStaged(staged: Staged): Bytes {
  const { blob } = staged;
  return encode([
    staged.epoch,
    staged.wants,
    staged.invitees,
    staged.isResync,
    staged.envelope,
    staged.data,
    packEpochKeys(staged.nextKeys),
    staged.commit,
    blob && [packBlobRef(blob.ref), blob.sealed],
    staged.move,
    staged.changes.map((one) => [one.deed, one.actor, one.subject, one.text, one.was]),
  ]);
}

/** Read what `packStaged` wrote. */
export function unpackStaged(stored: Bytes): Staged {
  const fields = items(decode(stored));
  const [epoch, wants, invitees, isResync, envelope, data, ...more] = fields;
  const [keys, commit, blob, move, changes] = more;
  if (!isUint(epoch, 2 ** 53) || fields.length !== 11) throw damaged();
  return {
    epoch,
    wants: numbers(wants),
    invitees: numbers(invitees),
    isResync: isResync === true,
    envelope: bytes(envelope),
    data: bytes(data),
    nextKeys: unpackEpochKeys(bytes(keys)),
    commit: bytes(commit),
    blob: blob === null ? null : sealedBlob(items(blob)),
    move: move === null ? null : bytes(move),
    changes: items(changes).map((one) => changeOf(items(one))),
  };
}

/** A conversation entered anew, and the place from which it is read. */
export interface Rejoin {
  readonly group: Bytes;
  readonly sequence: number;
  readonly envelope: Bytes;
}

/** Write it for the store. */
export function packRejoin(rejoin: Rejoin): Bytes {
  return encode([rejoin.group, rejoin.sequence, rejoin.envelope]);
}

/** Read what `packRejoin` wrote. */
export function unpackRejoin(stored: Bytes): Rejoin {
  const [group, sequence, envelope] = items(decode(stored));
  if (!isUint(sequence, 2 ** 53)) throw damaged();
  return { group: bytes(group), sequence, envelope: bytes(envelope) };
}

/** Write both parts of a group as one value. */
export function packGroup(group: Group): Bytes {
  return encode([group.epochState(), group.ratchetState()]);
}

/** Read what `packGroup` wrote. */
export function unpackGroup(stored: Bytes): Promise<Group> {
  const [epochState, ratchetState] = items(decode(stored));
  const settings = groupSettings();
  return Group.restore(bytes(epochState), bytes(ratchetState), { settings });
}

function damaged(): BugError {
  return new BugError("The store holds a commit or a group that cannot be read.");
}

function items(value: Value | undefined): readonly Value[] {
  if (value === undefined || !isArray(value)) throw damaged();
  return value;
}

function bytes(value: Value | undefined): Bytes {
  if (!isBytes(value)) throw damaged();
  return value;
}

function numbers(value: Value | undefined): readonly number[] {
  return items(value).filter((one) => typeof one === "number");
}

function sealedBlob([ref, sealed]: readonly Value[]): SealedBlob {
  return { ref: unpackBlobRef(bytes(ref)), sealed: bytes(sealed) };
}

function changeOf([deed, actor, subject, text, was]: readonly Value[]): Change {
  const isSound = [deed, text, was].every((one) => typeof one === "string");
  if (!isSound) throw damaged();
  return {
    deed: deed as Deed,
    actor: bytes(actor),
    subject: bytes(subject),
    text: text as string,
    was: was as string,
  };
}
