/** Which of the proposals received a commit covers (RFC 9420 §12.2, §12.4). */
import { memberClaim } from "./credentials.ts";
import { InvalidMessage, UnknownPsk } from "./errors.ts";
import { keyOf, type KeySet } from "./key-sets.ts";
import {
  applyList,
  authenticateChanges,
  checkOne,
  checkTogether,
  type AppliedProposal,
  type Judgement,
  type Outcome,
  type Proposals,
} from "./proposal-lists.ts";
import {
  Add,
  encodeProposal,
  ExternalInit,
  GroupContextExtensions,
  ReInit,
  Remove,
  Update,
} from "./proposals.ts";
import { lookUp, type Psks } from "./psks.ts";
import { knownPsks } from "./state.ts";
import { checkCommonGround, keysAfter, signatureName } from "./tree-rules.ts";

/** Proposals that a commit can cover, and what they make of the group. */
export interface Weighed {
  readonly proposals: Proposals;
  readonly outcome: Outcome;
  readonly keys: KeySet;
}

/**
 * Try proposals out, each of them valid on its own.
 * @throws {InvalidMessage} they are not valid together.
 * @throws {UnknownPsk} a pre-shared key was not given.
 */
export async function weigh(
  judgement: Judgement,
  proposals: Proposals,
  psks: Psks,
): Promise<Weighed> {
  const { state } = judgement;
  checkTogether(judgement, proposals);
  const outcome = applyList(state, proposals);
  await authenticateChanges(state, proposals, outcome);
  const keys = keysAfter(state.keys, state.tree, outcome.tree);
  checkCommonGround(outcome.tree.root.support, outcome.extensions);
  lookUp(outcome.psks, knownPsks(state, psks));
  return { proposals, outcome, keys };
}

/**
 * Take, of the pending proposals, those a commit can cover with some new ones.
 *
 * What is new goes before what is pending, removes before updates of the same leaf, later
 * updates before earlier ones, and everything before a reinit. Whoever proposes what
 * cannot be committed does not keep us from committing the rest.
 * @throws {InvalidMessage} the new ones are not valid.
 * @throws {UnknownPsk} a pre-shared key of theirs was not given.
 */
export async function choose(
  judgement: Judgement,
  pending: Proposals,
  added: Proposals,
  psks: Psks,
): Promise<Weighed> {
  for (const entry of added) await checkOne(judgement, entry);
  const chosen = await withoutConflicts(judgement, pending, added);
  const certain = await weigh(judgement, added, psks);
  return withAsMany(judgement, certain, chosen, psks);
}

/**
 * Add as many proposals as can be: all, or what each half has to give.
 * Halving keeps it cheap to find a few bad ones, which is what an attacker sends.
 */
async function withAsMany(
  judgement: Judgement,
  certain: Weighed,
  more: Proposals,
  psks: Psks,
): Promise<Weighed> {
  if (more.length === 0) return certain;
  try {
    return await weigh(judgement, [...more, ...certain.proposals], psks);
  } catch (error) {
    if (!(error instanceof InvalidMessage || error instanceof UnknownPsk)) throw error;
    if (more.length === 1) return certain;
  }
  const middle = Math.floor(more.length / 2);
  const later = await withAsMany(judgement, certain, more.slice(middle), psks);
  return withAsMany(judgement, later, more.slice(0, middle), psks);
}

async function withoutConflicts(
  judgement: Judgement,
  pending: Proposals,
  added: Proposals,
): Promise<Proposals> {
  const verdicts = await Promise.all(pending.map((each) => isValid(judgement, each)));
  const valid = pending.filter((_, position) => verdicts[position]);
  if (added.some(isReinit)) return [];
  const ordinary = valid.filter((entry) => !isReinit(entry));
  const claim = claims(judgement, [...ordinary, ...added]);
  added.forEach(claim);
  const chosen = [...ordinary].reverse().filter(claim);
  if (chosen.length || added.length) return chosen.reverse();
  return valid.filter(isReinit).slice(-1);
}

function isReinit({ proposal }: AppliedProposal): boolean {
  return proposal instanceof ReInit;
}

async function isValid(judgement: Judgement, entry: AppliedProposal): Promise<boolean> {
  const { proposal } = entry;
  try {
    await checkOne(judgement, entry);
    if (proposal instanceof Add)
      await judgement.state.settings.authenticate(
        memberClaim(proposal.keyPackage.leaf),
      );
  } catch (error) {
    if (error instanceof InvalidMessage) return false;
    throw error;
  }
  return !(proposal instanceof ExternalInit);
}

/** Takes a place for a proposal among candidates; says whether there was one. */
function claims(
  { state, committer }: Judgement,
  candidates: Proposals,
): (entry: AppliedProposal) => boolean {
  const leaving = candidates
    .map(({ proposal }) => proposal)
    .filter((proposal) => proposal instanceof Remove);
  const removed = new Set(leaving.map(({ leaf }) => leaf));
  const freed = new Set(
    [...removed].map((leaf) => {
      const node = state.tree.leaf(leaf);
      return node && signatureName(node.signatureKey);
    }),
  );
  const isPossible = ({ proposal, sender }: AppliedProposal) => {
    if (proposal instanceof Update)
      return !removed.has(sender.index) && sender.index !== committer;
    if (proposal instanceof Remove) return proposal.leaf !== committer;
    if (!(proposal instanceof Add)) return true;
    const name = signatureName(proposal.keyPackage.leaf.signatureKey);
    return freed.has(name) || !state.keys.has(name);
  };
  const taken = new Set<string>();
  return (entry) => {
    if (!isPossible(entry)) return false;
    const place = placeOf(entry);
    const isFree = !taken.has(place);
    taken.add(place);
    return isFree;
  };
}

/** A name that is equal for proposals of which a commit may cover only one. */
function placeOf({ proposal, sender }: AppliedProposal): string {
  if (proposal instanceof Update) return `update ${sender.index}`;
  if (proposal instanceof Add)
    return `add ${keyOf(proposal.keyPackage.leaf.signatureKey)}`;
  if (proposal instanceof GroupContextExtensions) return "extensions";
  return keyOf(encodeProposal(proposal));
}
