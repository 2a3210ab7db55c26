/** Groups that come out of other groups (RFC 9420 §11.2 reinit, §11.3 branch). */
import { concat, equal, type Bytes } from "../bytes.ts";
import { uint16 } from "./codec.ts";
import { makeCommit, type Made } from "./committing.ts";
import type { Credential } from "./credentials.ts";
import { InvalidWelcome, UsageError } from "./errors.ts";
import { encodeExtensions, MLS_10, type Extensions } from "./extensions.ts";
import type { Identity } from "./identities.ts";
import { create, specialUsage, type Arrival } from "./joining.ts";
import type { KeyPackage } from "./key-packages.ts";
import { keyOf } from "./key-sets.ts";
import { Add, PreSharedKey, type ReInit } from "./proposals.ts";
import { ResumptionPsk, ResumptionUsage, type PskName } from "./psks.ts";
import { requireActive, type GroupState } from "./state.ts";
import type { Entropy } from "./suites.ts";
import type { RatchetTree } from "./tree.ts";

/** The resumption keys of a group, under the names its successors use. */
export function successionPsks({ context, secrets, resumption }: GroupState) {
  const { groupId, epoch } = context;
  const usages = [ResumptionUsage.BRANCH, ResumptionUsage.REINIT];
  return [...resumption, [epoch, secrets.resumptionPsk] as const].flatMap(([of, key]) =>
    usages.map((usage) => {
      const name: PskName = new ResumptionPsk(usage, groupId, of);
      return [name, key] as const;
    }),
  );
}

/** What a group that comes out of another is to be. */
export interface Successor {
  readonly usage: ResumptionUsage;
  readonly groupId: Bytes;
  readonly extensions: Extensions;
  readonly identity: Identity;
  readonly members: readonly KeyPackage[];
}

/** Make a group and its first commit, which lets everyone in and ties it to another. */
export async function makeSuccessor(
  parent: GroupState,
  { usage, groupId, extensions, identity, members }: Successor,
  { now, entropy }: { now: number; entropy: Entropy },
): Promise<Made> {
  const { settings, context } = parent;
  const options = { extensions };
  const first = await create(groupId, identity, { settings, options, now, entropy });
  const name = new ResumptionPsk(usage, context.groupId, context.epoch);
  const adds = members.map((member) => new Add(member));
  return makeCommit(first, [...adds, PreSharedKey.of(name)], {
    now,
    entropy,
    usage,
    options: { psks: successionPsks(parent) },
  });
}

/** Make sure that we may set up the group that follows a ReInit (§11.2); give that. */
export function checkReinit(
  { reinit, tree }: GroupState,
  identity: Identity,
  members: readonly KeyPackage[],
): ReInit {
  if (!reinit) throw new UsageError("no commit has ended this group by a reinit");
  if (reinit.suiteId !== identity.suite.id || reinit.version !== MLS_10)
    throw new UsageError("the identity is not of the suite the reinit names");
  const coming = members.map((member) => member.leaf.credential);
  if (!isWithin(credentials(tree), [...coming, identity.credential]))
    throw new UsageError("the group that follows a reinit must have the same members");
  return reinit;
}

/** Make sure that we may set up this branch (§11.3). */
export function checkBranch(
  parent: GroupState,
  identity: Identity,
  members: readonly KeyPackage[],
): void {
  requireActive(parent);
  if (parent.context.suite !== identity.suite)
    throw new UsageError("a branch has the suite of the group it comes from");
  const coming = members.map((member) => member.leaf.credential);
  if (!isWithin(coming, credentials(parent.tree)))
    throw new UsageError("a branch has only members of the group it comes from");
}

/**
 * Make sure that a welcome to a successor keeps its promises (§11.2, §11.3).
 * @throws {InvalidWelcome} it does not.
 * @throws {UsageError} it is to a successor, and the group it comes from was not given.
 */
export function checkTie(
  { told, info }: Arrival,
  parent: GroupState | undefined,
  tree: RatchetTree,
): void {
  const tie = told.psks.find((psk) => specialUsage(psk));
  if (!tie) return;
  if (!parent) throw new UsageError("this welcome needs the group that it comes from");
  const { context } = info;
  if (context.epoch !== 1)
    throw new InvalidWelcome("a welcome to a successor is not to its first epoch");
  if (specialUsage(tie) === ResumptionUsage.BRANCH) {
    if (context.suite !== parent.context.suite)
      throw new InvalidWelcome("a branch is of another suite than its group");
    if (!isWithin(credentials(tree), credentials(parent.tree)))
      throw new InvalidWelcome("a branch has members that its group does not");
    return;
  }
  const { reinit } = parent;
  const { groupId, epoch } = parent.context;
  const expected = new ResumptionPsk(ResumptionUsage.REINIT, groupId, epoch);
  if (!reinit || !equal(tie.name.encode(), expected.encode()))
    throw new InvalidWelcome("a welcome follows a reinit that did not happen");
  const { suite, extensions, groupId: named } = context;
  const kept = { groupId: named, suiteId: suite.id, version: MLS_10, extensions };
  if (!equal(terms(reinit), terms(kept)))
    throw new InvalidWelcome("a welcome does not keep what the reinit said");
  if (!isWithin(credentials(parent.tree), credentials(tree)))
    throw new InvalidWelcome("a reinit has left members behind");
}

function terms(
  of: Pick<ReInit, "groupId" | "suiteId" | "version" | "extensions">,
): Bytes {
  const numbers = [uint16(of.version), uint16(of.suiteId)];
  return concat(...numbers, encodeExtensions(of.extensions), of.groupId);
}

function credentials(tree: RatchetTree): Credential[] {
  return tree.leaves().map(([, leaf]) => leaf.credential);
}

function isWithin(some: readonly Credential[], others: readonly Credential[]): boolean {
  const known = new Set(others.map((each) => keyOf(each.encode())));
  return some.every((each) => known.has(keyOf(each.encode())));
}
