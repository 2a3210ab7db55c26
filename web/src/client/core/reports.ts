/** What a commit did, in words that people use: came, went, renamed, moved. */

import { type Bytes, equal, hex } from "../../bytes.ts";
import { type CommitReport, Remove } from "../../mls/index.ts";
import { type ConversationInfo, namesAdmin } from "./info.ts";
import type { Change, Deed } from "./outcomes.ts";
import { people, type Person, person } from "./people.ts";
import type { Circle } from "./policy.ts";

/** List what changed between two epochs, in an order every member computes alike. */
export function changesOf(
  before: Circle,
  info: ConversationInfo,
  report: CommitReport,
  after: readonly Person[],
): readonly Change[] {
  const actor = person(report.committer).account;
  if (report.isExternal) return [change("returned", actor, actor)];
  return [
    ...removals(before, report, actor),
    ...additions(before, report, actor),
    ...renamings(before, after),
    ...descriptions(before.info, info, actor),
  ];
}

function change(deed: Deed, actor: Bytes, subject: Bytes, text = "", was = ""): Change {
  return { deed, actor, subject, text, was };
}

/** Whom or what a commit took out: a member, or one of several devices. */
function removals(
  before: Circle,
  report: CommitReport,
  actor: Bytes,
): readonly Change[] {
  const proposers = new Map<number, Bytes>();
  for (const { proposal, sender } of report.applied)
    if (proposal instanceof Remove)
      proposers.set(proposal.leaf, before.sender(sender).account);
  const kept = keptBy(before, report);
  return once(people(report.removed)).map(({ leaf, account, name }) => {
    const by = proposers.get(leaf) ?? actor;
    const deed = equal(by, account) ? "left" : "removed";
    const isOneOfSeveral = kept.has(hex(account));
    return change(isOneOfSeveral ? "device removed" : deed, by, account, name);
  });
}

/** Who or what a commit brought in: a member, or a device of one. */
function additions(
  before: Circle,
  report: CommitReport,
  actor: Bytes,
): readonly Change[] {
  const known = keptBy(before, report);
  return once(people(report.added)).map(({ account, name }) =>
    change(known.has(hex(account)) ? "device added" : "added", actor, account, name),
  );
}

/** Accounts of leaves that a commit left where they were. */
function keptBy(before: Circle, report: CommitReport): ReadonlySet<string> {
  const gone = new Set(report.removed.map((one) => one.leaf));
  const kept = before.people.filter((one) => !gone.has(one.leaf));
  return new Set(kept.map((one) => hex(one.account)));
}

/** The first device of each account. */
function once(all: readonly Person[]): readonly Person[] {
  return all.filter(
    (one, at) => all.findIndex((each) => equal(each.account, one.account)) === at,
  );
}

/** New names; each once, with the first device that bears it. */
function renamings(before: Circle, after: readonly Person[]): readonly Change[] {
  return after.flatMap(({ account, leaf, name }) => {
    const was = before.at(leaf);
    if (!was || was.name === name || !equal(was.account, account)) return [];
    const isKnown = before.people.some(
      (one) => one.name === name && equal(one.account, account),
    );
    return isKnown ? [] : [change("renamed", account, account, name, was.name)];
  });
}

function descriptions(
  old: ConversationInfo,
  info: ConversationInfo,
  actor: Bytes,
): readonly Change[] {
  const made = info.admins.filter((one) => !namesAdmin(old, one));
  const unmade = old.admins.filter((one) => !namesAdmin(info, one));
  return [
    ...(info.title === old.title ? [] : [change("retitled", actor, actor, info.title)]),
    ...made.map((one) => change("admin", actor, one)),
    ...unmade.map((one) => change("plain", actor, one)),
    ...(equal(info.stream, old.stream) ? [] : [change("moved", actor, actor)]),
  ];
}
