/**
 * Making commits: from what is wanted to one staged commit (spec/conversations.md §6.3).
 * Reads a `Conversation` and returns what to store and send; the conversation itself
 * changes only by its ratchet.
 */

import type { Bytes } from "../../bytes.ts";
import { BugError } from "../../errors.ts";
import { type CommitOptions, Group, type Identity } from "../../mls/index.ts";
import type { Conversation } from "./conversation.ts";
import {
  type BlobRef,
  type EpochKeys,
  epochKeys,
  LARGEST_BODY,
  seal,
} from "./envelope.ts";
import { PREFIX, sealFile } from "./files.ts";
import type { Entropy } from "./identity.ts";
import { NAME_EXTENSION } from "./info.ts";
import {
  capabilities,
  groupSettings,
  nameExtension,
  people,
  seconds,
} from "./people.ts";
import type { Plan } from "./plans.ts";
import { changesOf } from "./reports.ts";
import { packGroup, type SealedBlob, type Staged } from "./staging.ts";

/**
 * Make the commit of a plan; store the conversation and this before sending it. `now` in
 * milliseconds. Throws `MLSError` if the proposals do not go together.
 */
export async function stage(
  conversation: Conversation,
  planned: Plan,
  { now, entropy }: { now: number; entropy: Entropy },
): Promise<Staged> {
  const { circle, info: before } = conversation;
  const staged = await conversation.group.commit(planned.proposals, {
    now: seconds(now),
    entropy,
    options: optionsOf(conversation, planned.name),
  });
  conversation.group = staged.current;
  const { next, report } = staged;
  if (!report)
    throw new BugError("A commit was staged that does not say what it does.");
  const made = sealed(conversation, staged.message, keysOf(next), entropy);
  const { info } = planned;
  return {
    ...made,
    wants: planned.wants,
    invitees: planned.invitees,
    commit: staged.toBytes(),
    move: info.stream === before.stream ? null : info.stream,
    changes: changesOf(circle, info, report, people(next.members)),
  };
}

function optionsOf({ group }: Conversation, name: string | null): CommitOptions {
  if (name === null) return { treeInWelcome: false };
  const leaf = group.member(group.ownLeaf).leafNode;
  const kept = leaf.extensions.filter((one) => one.type !== NAME_EXTENSION);
  return {
    treeInWelcome: false,
    update: { extensions: [...kept, nameExtension(name)] },
  };
}

/** Make the external commit by which a restored device takes its own place anew (§6.6). */
export async function stageResync(
  conversation: Conversation,
  identity: Identity,
  name: string,
  entropy: Entropy,
): Promise<Staged> {
  const { group } = conversation;
  const joined = await Group.joinByExternalCommit(
    await group.exportGroupInfo({ entropy }),
    identity,
    {
      settings: groupSettings(),
      entropy,
      options: {
        resync: group.ownLeaf,
        leaf: { leafExtensions: [nameExtension(name)], capabilities: capabilities() },
      },
    },
  );
  const made = sealed(conversation, joined.message, keysOf(joined.group), entropy);
  return { ...made, commit: packGroup(joined.group), isResync: true };
}

function sealed(
  conversation: Conversation,
  message: Bytes,
  nextKeys: EpochKeys,
  entropy: Entropy,
): Staged {
  const { keys, info } = conversation;
  const envelope = entropy(16);
  const blob = message.length > LARGEST_BODY ? sealBlob(message, entropy) : null;
  const place = { stream: info.stream, envelope };
  return {
    epoch: keys.epoch,
    envelope,
    data: seal(keys, place, blob?.ref ?? message, entropy),
    nextKeys,
    wants: [],
    invitees: [],
    commit: new Uint8Array(0),
    isResync: false,
    blob,
    move: null,
    changes: [],
  };
}

/** Seal what does not fit an envelope, under a key used once (§3.3). */
export function sealBlob(body: Bytes, entropy: Entropy): SealedBlob {
  const ref: BlobRef = { blob: entropy(32), key: entropy(32), size: body.length };
  const key = { key: ref.key, prefix: new Uint8Array(PREFIX) };
  return { ref, sealed: sealFile(key, body) };
}

function keysOf(group: Group): EpochKeys {
  return epochKeys(group.epoch, (...asked) => group.export(...asked));
}
