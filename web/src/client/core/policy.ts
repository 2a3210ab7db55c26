/**
 * Who may change what in a conversation, checked by every member for itself
 * (spec/conversations.md §5). MLS says that a commit is well made; this says whether it
 * is allowed. Knows the report of a commit; changes nothing.
 */

import { type Bytes, equal, hex } from "../../bytes.ts";
import { Malformed, RemoteError } from "../../errors.ts";
import {
  Add,
  type CommitReport,
  ExternalInit,
  GroupContextExtensions,
  type Proposal,
  Remove,
  type Sender,
  Update,
} from "../../mls/index.ts";
import { type ConversationInfo, DIRECT, namesAdmin } from "./info.ts";
import { type Person, person } from "./people.ts";

export const MOST_LEAVES = 1000;
export const MOST_DEVICES = 8;

/** A member did what only others may do; it was not adopted. */
export class RuleBroken extends RemoteError {
  override name = "RuleBroken";
}

/** A conversation as it was before a change: who is in it and what it says it is. */
export interface Circle {
  readonly info: ConversationInfo;
  readonly people: readonly Person[];
}

/** Whether an account may change the conversation. */
export function isAdmin({ info, people }: Circle, account: Bytes): boolean {
  const isMember = (one: Bytes): boolean =>
    people.some((each) => equal(each.account, one));
  if (!isMember(account)) return false;
  return namesAdmin(info, account) || !info.admins.some(isMember);
}

/** Who proposes something; throws `RuleBroken` if no member does. */
export function senderIn(circle: Circle, sender: Sender): Person {
  const { leaf } = sender;
  const found = circle.people.find((one) => one.leaf === leaf);
  if (leaf === undefined || !found)
    throw new RuleBroken("Somebody outside of the conversation tried to change it.");
  return found;
}

/** Check one proposal of one member; throws `RuleBroken`. */
export function checkProposal(
  circle: Circle,
  proposal: Proposal,
  proposer: Bytes,
): void {
  if (proposal instanceof Update) return;
  const isDirect = circle.info.kind === DIRECT;
  const refuse = (what: string): never => {
    throw new RuleBroken(`Somebody who is no admin tried to ${what}.`);
  };
  if (proposal instanceof Remove) {
    const target = circle.people.find((one) => one.leaf === proposal.leaf);
    const isOwn = target !== undefined && equal(target.account, proposer);
    if (!isOwn && (isDirect || !isAdmin(circle, proposer))) refuse("remove a member");
  } else if (proposal instanceof Add) {
    if (!isDirect && !isAdmin(circle, proposer)) refuse("add a member");
  } else if (proposal instanceof GroupContextExtensions) {
    if (!isDirect && !isAdmin(circle, proposer)) refuse("change the group");
  } else throw new RuleBroken("A member tried to do what conversations never do.");
}

/** Check all that a commit did; throws `RuleBroken`. */
export function checkCommit(
  before: Circle,
  report: CommitReport,
  info: ConversationInfo,
  after: readonly Person[],
): void {
  if (report.isExternal) checkResync(report);
  else
    for (const { sender, proposal } of report.applied)
      checkProposal(before, proposal, senderIn(before, sender).account);
  if (info.kind !== before.info.kind)
    throw new RuleBroken("A member tried to turn a conversation into another kind.");
  const leaves = new Map<string, number>();
  for (const { account } of after)
    leaves.set(hex(account), (leaves.get(hex(account)) ?? 0) + 1);
  if (info.kind === DIRECT && leaves.size > 2)
    throw new RuleBroken(
      "A member tried to add a third person to a conversation of two.",
    );
  if (after.length > MOST_LEAVES || Math.max(0, ...leaves.values()) > MOST_DEVICES)
    throw new RuleBroken("A member tried to make the conversation too large.");
}

function checkResync(report: CommitReport): void {
  const others = report.applied.some(
    ({ proposal }) =>
      !(proposal instanceof ExternalInit) && !(proposal instanceof Remove),
  );
  const [removed] = report.removed;
  if (others || report.removed.length !== 1 || !removed)
    throw new RuleBroken("Somebody outside of the conversation tried to enter it.");
  let isSame: boolean;
  try {
    isSame = equal(person(removed).account, person(report.committer).account);
  } catch (error) {
    if (!(error instanceof Malformed)) throw error;
    throw new RuleBroken("Somebody without a name tried to enter.");
  }
  if (!isSame)
    throw new RuleBroken("Somebody tried to enter in the place of another account.");
}
