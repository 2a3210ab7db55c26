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
import { type ConversationInfo, DEVICES, DIRECT, GROUP, namesAdmin } from "./info.ts";
import { ownerOf, type Person, person } from "./people.ts";

export const MOST_LEAVES = 1000;
export const MOST_DEVICES = 8;
const AMONG_DEVICES = "Somebody tried to enter among another's devices.";

/** A member did what only others may do; it was not adopted. */
export class RuleBroken extends RemoteError {
  override name = "RuleBroken";
}

/** A conversation as it was before a change: who is in it and what it says it is. */
export class Circle {
  readonly info: ConversationInfo;
  readonly people: readonly Person[];

  constructor(info: ConversationInfo, people: readonly Person[]) {
    this.info = info;
    this.people = people;
  }

  /** Whether an account may change the conversation. */
  isAdmin(account: Bytes): boolean {
    const { info } = this;
    if (!this.#has(account)) return false;
    return namesAdmin(info, account) || !info.admins.some((one) => this.#has(one));
  }

  /** Who sits in a leaf. */
  at(leaf: number): Person | null {
    return this.people.find((one) => one.leaf === leaf) ?? null;
  }

  /** Who proposes something; throws `RuleBroken` if no member does. */
  sender({ leaf }: Sender): Person {
    const found = leaf === undefined ? null : this.at(leaf);
    if (found) return found;
    throw new RuleBroken("Somebody outside of the conversation tried to change it.");
  }

  #has(account: Bytes): boolean {
    return this.people.some((one) => equal(one.account, account));
  }
}

/** Check one proposal of one member; throws `RuleBroken`. */
export function checkProposal(
  circle: Circle,
  proposal: Proposal,
  proposer: Bytes,
): void {
  if (proposal instanceof Update) return;
  const { kind } = circle.info;
  const demand = (isAllowed: boolean, what: string): void => {
    if (!isAllowed) throw new RuleBroken(`Somebody who is no admin tried to ${what}.`);
  };
  if (proposal instanceof Remove) {
    const target = circle.at(proposal.leaf);
    const isOwn = target !== null && equal(target.account, proposer);
    const mayRemove = isOwn || (kind === GROUP && circle.isAdmin(proposer));
    demand(mayRemove, "remove a member");
  } else if (proposal instanceof Add) {
    const isOwn = equal(ownerOf(proposal.keyPackage).account, proposer);
    if (kind === DEVICES && !isOwn) throw new RuleBroken(AMONG_DEVICES);
    demand(kind !== GROUP || isOwn || circle.isAdmin(proposer), "add a member");
  } else if (proposal instanceof GroupContextExtensions)
    demand(kind !== GROUP || circle.isAdmin(proposer), "change the group");
  else throw new RuleBroken("A member tried to do what conversations never do.");
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
      checkProposal(before, proposal, before.sender(sender).account);
  if (info.kind !== before.info.kind)
    throw new RuleBroken("A member tried to turn a conversation into another kind.");
  const leaves = new Map<string, number>();
  for (const { account } of after)
    leaves.set(hex(account), (leaves.get(hex(account)) ?? 0) + 1);
  if (info.kind === DIRECT && leaves.size > 2)
    throw new RuleBroken(
      "A member tried to add a third person to a conversation of two.",
    );
  if (info.kind === DEVICES && leaves.size > 1) throw new RuleBroken(AMONG_DEVICES);
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
