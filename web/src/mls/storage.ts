/**
 * Storing a group in two parts, and putting it together again; the bytes are the same as
 * those of the Python package.
 *
 * The epoch part is large and changes with the epoch and the pending proposals. The ratchet
 * part is small and changes with every message: all message keys are in it, and nowhere
 * else. Each names the epoch by a digest of its authenticator: parts of different epochs,
 * or of two forks of one, never come together; and any two parts of one epoch hold exactly
 * the message keys of the ratchet part.
 */
import { concat, equal, type Bytes } from "../bytes.ts";
import {
  decode,
  opaque,
  optional,
  readOpaque,
  uint32,
  uint64,
  uint8,
  vector,
  type Reader,
} from "./codec.ts";
import type { Made } from "./committing.ts";
import { MalformedMessage, StateMismatch } from "./errors.ts";
import { Sender } from "./framing.ts";
import { Identity } from "./identities.ts";
import { EpochSecrets, GroupContext } from "./key-schedule.ts";
import { LeafNode } from "./leaf-nodes.ts";
import { decodeProposal, encodeProposal, ReInit } from "./proposals.ts";
import { SecretTree } from "./secret-tree.ts";
import type { Settings } from "./settings.ts";
import {
  Status,
  type GroupState,
  type PastEpoch,
  type PendingProposal,
} from "./state.ts";
import type { Suite } from "./suites.ts";
import { RatchetTree } from "./tree.ts";
import { allKeys, changes } from "./tree-rules.ts";

const VERSION = 1;
const STATUSES: readonly Status[] = Object.values(Status);

/** Everything but message keys. */
export function epochPart(state: GroupState): Bytes {
  const { context, identity, tree, secrets, reinit } = state;
  const keys = [...state.privateKeys].sort(([one], [other]) => one - other);
  return concat(
    uint8(VERSION),
    opaque(context.encode()),
    opaque(identity.toBytes()),
    uint32(state.ownLeaf),
    opaque(tree.encode()),
    vector(keys.map(([node, key]) => concat(uint32(node), opaque(key.raw)))),
    secrets.encode(),
    opaque(state.confirmationTag),
    opaque(state.interimTranscriptHash),
    vector(state.pending.map(encodePending)),
    vector(encodePast(state)),
    vector(state.resumption.map(([of, key]) => concat(uint64(of), opaque(key)))),
    uint8(STATUSES.indexOf(state.status)),
    optional(reinit && encodeProposal(reinit)),
  );
}

/** Every message key that was not used yet, of this epoch and of those before. */
export function ratchetPart({ context, secrets, messages, past }: GroupState): Bytes {
  const ended = past.map((each) =>
    concat(uint64(each.context.epoch), each.messages.encode()),
  );
  const mark = opaque(markOf(context, secrets));
  return concat(uint8(VERSION), mark, messages.encode(), vector(ended));
}

/**
 * Put both parts together.
 * @throws {StateMismatch} they are not of the same epoch of the same group.
 * @throws {MalformedMessage} they are not parts of a stored group.
 */
export async function restore(
  epoch: Uint8Array,
  ratchet: Uint8Array,
  settings: Settings,
): Promise<GroupState> {
  return restoring(epoch, ratchet, settings)();
}

/** A state whose identities are still to be loaded. */
type Restoring = () => Promise<GroupState>;

function restoring(
  epoch: Uint8Array,
  ratchet: Uint8Array,
  settings: Settings,
): Restoring {
  const stored = decode(ratchet, readRatchet);
  return decode(epoch, (reader) => readEpoch(reader, stored, settings));
}

/** Everything of a staged commit, and of the groups before and after it. */
export function encodeStaged(staged: Omit<Made, "report">): Bytes {
  const { message, welcome, groupInfo, current, next } = staged;
  const others = [welcome, groupInfo].map((it) => optional(it && opaque(it)));
  const parts = [current, next].flatMap((it) => [epochPart(it), ratchetPart(it)]);
  return concat(opaque(message), ...others, ...parts.map(opaque));
}

/** The inverse of `encodeStaged`; throws `MalformedMessage` for anything else. */
export async function decodeStaged(
  stored: Uint8Array,
  settings: Settings,
): Promise<Omit<Made, "report">> {
  const [messages, current, next] = decode(stored, (reader) => {
    const state = () => restoring(reader.opaque(), reader.opaque(), settings);
    const read = {
      message: reader.opaque(),
      welcome: reader.optional(readOpaque),
      groupInfo: reader.optional(readOpaque),
    };
    return [read, state(), state()] as const;
  });
  return { ...messages, current: await current(), next: await next() };
}

function markOf(context: GroupContext, secrets: EpochSecrets): Bytes {
  return context.suite.hash(concat(context.encode(), secrets.epochAuthenticator));
}

function encodePending(pending: PendingProposal): Bytes {
  const { reference, proposal, sender, update, isForgotten } = pending;
  const own =
    update && concat(opaque(update.key.raw), opaque(update.identity.toBytes()));
  return concat(
    opaque(reference),
    encodeProposal(proposal),
    sender.encode(),
    optional(own),
    uint8(isForgotten ? 1 : 0),
  );
}

/** Past epochs, newest first; each roster as what differs from the next newer. */
function encodePast({ past, tree }: GroupState): Bytes[] {
  let newer = tree;
  return [...past].reverse().map((each) => {
    const differing = changes(newer, each.roster).flatMap(({ leaf, after }) => {
      if (leaf === undefined) return [];
      const node = after instanceof LeafNode ? after.encode() : undefined;
      return [concat(uint32(leaf), optional(node))];
    });
    newer = each.roster;
    return concat(
      opaque(each.context.encode()),
      uint32(each.ownLeaf),
      opaque(each.senderDataSecret),
      vector(differing),
    );
  });
}

interface Ratchets {
  readonly mark: Bytes;
  readonly messages: SecretTree;
  readonly past: ReadonlyMap<number, SecretTree>;
}

function readRatchet(reader: Reader): Ratchets {
  checkVersion(reader);
  const [mark, messages] = [reader.opaque(), SecretTree.decode(reader)];
  const past = reader.vector(
    (inner) => [inner.uint64(), SecretTree.decode(inner)] as const,
  );
  return { mark, messages, past: new Map(past) };
}

function checkVersion(reader: Reader): void {
  if (reader.uint8() !== VERSION)
    throw new MalformedMessage("a group was stored by another version");
}

function readEpoch(reader: Reader, stored: Ratchets, settings: Settings): Restoring {
  checkVersion(reader);
  const context = decode(reader.opaque(), GroupContext.decode);
  const identity = decode(reader.opaque(), Identity.read);
  const ownLeaf = reader.uint32();
  const tree = decode(reader.opaque(), RatchetTree.decode);
  const { suite } = context;
  const privateKeys = reader.vector(
    (inner) => [inner.uint32(), suite.privateKey(inner.opaque())] as const,
  );
  const secrets = EpochSecrets.decode(reader);
  if (!equal(markOf(context, secrets), stored.mark))
    throw new StateMismatch("an epoch part and a ratchet part are of different epochs");
  const rest = {
    confirmationTag: reader.opaque(),
    interimTranscriptHash: reader.opaque(),
  };
  const pending = reader.vector((inner) => readPending(inner, suite));
  const state = {
    ...rest,
    settings,
    ownLeaf,
    context,
    tree,
    keys: allKeys(tree),
    privateKeys: new Map(privateKeys),
    secrets,
    messages: stored.messages,
    past: readPast(reader, tree, stored.past),
    resumption: reader.vector((inner) => [inner.uint64(), inner.opaque()] as const),
    status: readStatus(reader),
    reinit: reader.optional(readReinit),
  };
  return async () => ({
    ...state,
    identity: await identity(),
    pending: await Promise.all(pending.map((load) => load())),
  });
}

function readStatus(reader: Reader): Status {
  const status = STATUSES[reader.uint8()];
  if (!status) throw new MalformedMessage("a stored group has no known status");
  return status;
}

function readReinit(reader: Reader): ReInit {
  const proposal = decodeProposal(reader);
  if (!(proposal instanceof ReInit))
    throw new MalformedMessage("a stored reinit is something else");
  return proposal;
}

function readPending(reader: Reader, suite: Suite): () => Promise<PendingProposal> {
  const reference = reader.opaque();
  const proposal = decodeProposal(reader);
  const sender = Sender.decode(reader);
  const own = reader.optional((inner) => ({
    key: suite.privateKey(inner.opaque()),
    identity: decode(inner.opaque(), Identity.read),
  }));
  const forgotten = reader.uint8();
  if (forgotten > 1)
    throw new MalformedMessage("a stored proposal is neither kept nor forgotten");
  const isForgotten = forgotten === 1;
  return async () => {
    const update = own && { key: own.key, identity: await own.identity() };
    return { reference, proposal, sender, update, isForgotten };
  };
}

function readPast(
  reader: Reader,
  newest: RatchetTree,
  messages: ReadonlyMap<number, SecretTree>,
): readonly PastEpoch[] {
  let roster = newest;
  const entries = reader.vector((inner): PastEpoch[] => {
    const context = decode(inner.opaque(), GroupContext.decode);
    const [ownLeaf, senderDataSecret] = [inner.uint32(), inner.opaque()];
    const differing = inner.vector(
      (each) => [each.uint32(), each.optional(LeafNode.decode)] as const,
    );
    for (const [leaf, node] of differing) roster = roster.withLeaf(leaf, node);
    const kept = messages.get(context.epoch);
    // A ratchet part may be older than this one by what was forgotten since.
    if (!kept) return [];
    return [{ context, ownLeaf, roster, senderDataSecret, messages: kept }];
  });
  return entries.flat().reverse();
}
