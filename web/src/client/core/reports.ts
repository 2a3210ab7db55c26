/** What a commit did, in words that people use: came, went, renamed, moved. */

import { type Bytes, equal, hex } from "../../bytes.ts";
import { type CommitReport, Remove } from "../../mls/index.ts";
import { type ConversationInfo, namesAdmin } from "./info.ts";
import type { Change, Deed } from "./outcomes.ts";
import { people, type Person, person } from "./people.ts";
import { type Circle, senderIn } from "./policy.ts";

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

function removals(
  before: Circle,
  report: CommitReport,
  actor: Bytes,
): readonly Change[] {
  const proposers = new Map<number, Bytes>();
  for (const { proposal, sender } of report.applied)
    if (proposal instanceof Remove)
      proposers.set(proposal.leaf, senderIn(before, sender).account);
  return people(report.removed).map(({ leaf, account, name }) => {
    const by = proposers.get(leaf) ?? actor;
    return change(equal(by, account) ? "left" : "removed", by, account, name);
  });
}

function additions(
  before: Circle,
  report: CommitReport,
  actor: Bytes,
): readonly Change[] {
  const gone = new Set(report.removed.map((one) => one.leaf));
  const known = new Set(
    before.people.filter((one) => !gone.has(one.leaf)).map((one) => hex(one.account)),
  );
  return people(report.added)
    .filter((one) => !known.has(hex(one.account)))
    .map((one) => change("added", actor, one.account, one.name));
}

function renamings(before: Circle, after: readonly Person[]): readonly Change[] {
  const names = new Map(after.map((one) => [hex(one.account), one.name]));
  return before.people.flatMap(({ account, name }) => {
    const now = names.get(hex(account)) ?? name;
    return now === name ? [] : [change("renamed", account, account, now, name)];
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
