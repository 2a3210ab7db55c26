/** What one commit is to do for all that is wanted (spec/conversations.md §6.3). */

import type { Code } from "../../sentences/index.ts";
import { type Bytes, equal, hex } from "../../bytes.ts";
import { Forged, RemoteError } from "../../errors.ts";
import {
  Add,
  Extension,
  GroupContextExtensions,
  MLSError,
  type Proposal,
  Remove,
} from "../../mls/index.ts";
import type { Conversation } from "./conversation.ts";
import {
  type ConversationInfo,
  encodeInfo,
  INFO_EXTENSION,
  namesAdmin,
  withAdmin,
} from "./info.ts";
import { ownerOf, packageOf, type Person, seconds } from "./people.ts";
import type { Want } from "./wants.ts";

/** What a commit is to do; with no wants there is nothing to commit for. */
export interface Plan {
  readonly proposals: readonly Proposal[];
  readonly wants: readonly number[];
  readonly invitees: readonly number[];
  /** Wants that are true already, or became senseless. */
  readonly settled: readonly number[];
  /** Wants that cannot be, each with the reason. */
  readonly refused: readonly (readonly [want: number, reason: Code])[];
  readonly name: string | null;
  readonly info: ConversationInfo;
}

/** A plan while it is made. */
interface Draft {
  info: ConversationInfo;
  readonly members: ReadonlySet<string>;
  readonly now: number;
  readonly proposals: Proposal[];
  readonly wants: number[];
  readonly invitees: number[];
  readonly settled: number[];
  readonly refused: [number, Code][];
  readonly added: Set<string>;
  readonly gone: Set<string>;
  name: string | null;
}

/** Decide what one commit does for all that can be done now; `now` in milliseconds. */
export async function plan(
  conversation: Conversation,
  wanted: readonly (readonly [number: number, want: Want])[],
  now: number,
): Promise<Plan> {
  const draft: Draft = {
    info: conversation.info,
    members: new Set(conversation.members.map((one) => hex(one.account))),
    now,
    proposals: [],
    wants: [],
    invitees: [],
    settled: [],
    refused: [],
    added: new Set(),
    gone: new Set(),
    name: null,
  };
  for (const [number, want] of wanted)
    await consider(conversation, draft, number, want);
  const { info, proposals } = draft;
  if (info !== conversation.info) proposals.push(description(conversation, info));
  const { wants, invitees, settled, refused, name } = draft;
  return { proposals, wants, invitees, settled, refused, name, info };
}

async function consider(
  conversation: Conversation,
  draft: Draft,
  number: number,
  want: Want,
): Promise<void> {
  if (isTrue(conversation, draft, want)) {
    draft.settled.push(number);
    return;
  }
  if (needsAdmin(conversation, want)) {
    draft.refused.push([number, "admins only"]);
    return;
  }
  switch (want.kind) {
    case "member":
      await add(draft, number, want.account, want.package);
      return;
    case "device":
      await add(draft, number, conversation.me, want.package, want.device);
      return;
    case "device gone":
      for (const { leaf } of leavesOf(conversation, want.device))
        draft.proposals.push(new Remove(leaf));
      draft.gone.add(hex(want.device));
      break;
    case "gone":
      remove(conversation, draft, want.account);
      break;
    case "title":
      draft.info = { ...draft.info, title: want.title };
      break;
    case "admin":
      draft.info = withAdmin(draft.info, want.account, want.isAdmin);
      break;
    case "move":
      draft.info = { ...draft.info, relay: want.relay, stream: want.stream };
      break;
    case "name":
      draft.name = want.name;
      break;
    case "fresh":
      break;
  }
  draft.wants.push(number);
}

function needsAdmin(conversation: Conversation, want: Want): boolean {
  if (["name", "fresh", "device", "device gone"].includes(want.kind)) return false;
  if (conversation.info.admins.length === 0) return false;
  return !conversation.circle.isAdmin(conversation.me);
}

function isTrue(conversation: Conversation, draft: Draft, want: Want): boolean {
  const { info, members, gone, added } = draft;
  switch (want.kind) {
    case "member": {
      const id = hex(want.account);
      return (members.has(id) && !gone.has(id)) || added.has(id);
    }
    case "device":
      return (
        leavesOf(conversation, want.device).length > 0 || added.has(hex(want.device))
      );
    case "device gone":
      return (
        leavesOf(conversation, want.device).length === 0 || gone.has(hex(want.device))
      );
    case "gone":
      return !members.has(hex(want.account)) || gone.has(hex(want.account));
    case "title":
      return info.title === want.title;
    case "admin":
      return (
        namesAdmin(info, want.account) === want.isAdmin ||
        !members.has(hex(want.account))
      );
    case "move":
      return equal(info.relay.key, want.relay.key);
    case "name":
      return conversation.members.some(
        (one) => equal(one.account, conversation.me) && one.name === want.name,
      );
    case "fresh":
      return false;
  }
}

/** The leaf of a device of one's own, if it is in it. */
function leavesOf(conversation: Conversation, device: Bytes): readonly Person[] {
  return conversation.members.filter(
    (one) => equal(one.account, conversation.me) && equal(one.device, device),
  );
}

function remove(conversation: Conversation, draft: Draft, account: Bytes): void {
  for (const one of conversation.members)
    if (equal(one.account, account)) draft.proposals.push(new Remove(one.leaf));
  draft.gone.add(hex(account));
  if (namesAdmin(draft.info, account) && draft.info.admins.length > 1)
    draft.info = withAdmin(draft.info, account, false);
}

async function add(
  draft: Draft,
  number: number,
  account: Bytes,
  claimed: Bytes | null,
  device: Bytes | null = null,
): Promise<void> {
  if (claimed === null) return; // it waits until one was claimed
  try {
    const offered = await packageOf(account, claimed);
    if (device && !equal(ownerOf(offered).device, device))
      throw new Forged("The key package on a device's shelf is of another device.");
    await offered.verify({ now: seconds(draft.now) });
    draft.proposals.push(new Add(offered));
  } catch (error) {
    if (!(error instanceof RemoteError || error instanceof MLSError)) throw error;
    draft.refused.push([number, "odd package"]);
    return;
  }
  draft.added.add(hex(device ?? account));
  draft.wants.push(number);
  draft.invitees.push(number);
}

function description(
  { group }: Conversation,
  info: ConversationInfo,
): GroupContextExtensions {
  const others = group.extensions.filter((one) => one.type !== INFO_EXTENSION);
  const ours = new Extension(INFO_EXTENSION, encodeInfo(info));
  return new GroupContextExtensions([...others, ours]);
}
