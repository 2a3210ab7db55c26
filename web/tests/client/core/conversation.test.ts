/** Two and three people, a stream between them, and all that may go wrong. */
import { beforeAll, expect, test } from "vitest";

import { type Bytes, equal, hex, utf8 } from "../../../src/bytes.ts";
import { stage, stageResync } from "../../../src/client/core/commits.ts";
import {
  encodeContent,
  messageId,
  mimiId,
  newContent,
} from "../../../src/client/core/content.ts";
import { Conversation } from "../../../src/client/core/conversation.ts";
import { seal } from "../../../src/client/core/envelope.ts";
import { found, join, welcomeReferences } from "../../../src/client/core/founding.ts";
import { type Account, newAccount } from "../../../src/client/core/identity.ts";
import { DEVICES, DIRECT, GROUP } from "../../../src/client/core/info.ts";
import { textPart } from "../../../src/client/core/meaning.ts";
import type { Outcome } from "../../../src/client/core/outcomes.ts";
import {
  authenticate,
  newIdentity,
  newPackage,
  packageOf,
} from "../../../src/client/core/people.ts";
import { plan } from "../../../src/client/core/plans.ts";
import {
  packStaged,
  type Staged,
  unpackStaged,
} from "../../../src/client/core/staging.ts";
import type { Want } from "../../../src/client/core/wants.ts";
import { checkProposal } from "../../../src/client/core/policy.ts";
import {
  Add,
  BasicCredential,
  type Identity,
  KeyPackage,
  type OwnKeyPackage,
  Purpose,
} from "../../../src/mls/index.ts";

const NOW = 1_800_000_000_000;
const entropy = (length: number): Bytes =>
  crypto.getRandomValues(new Uint8Array(length));
const RELAY = {
  key: entropy(32),
  addresses: [{ road: 1, host: "relay.example", port: 443, path: "", cover: "" }],
};

interface Person {
  readonly account: Account;
  readonly identity: Identity;
  readonly name: string;
}

async function newPerson(name: string): Promise<Person> {
  const account = await newAccount(entropy);
  return { account, identity: await newIdentity(account, entropy), name };
}

let ann: Person;
let bob: Person;
let cleo: Person;
let bobsPackage: OwnKeyPackage;
let cleosPackage: OwnKeyPackage;

beforeAll(async () => {
  [ann, bob, cleo] = (await Promise.all(["Ann", "Bob", "Cleo"].map(newPerson))) as [
    Person,
    Person,
    Person,
  ];
  const how = { now: NOW, entropy, lastResort: false };
  bobsPackage = await newPackage(bob.identity, bob.name, how);
  cleosPackage = await newPackage(cleo.identity, cleo.name, how);
});

const begin = ({ account, identity, name }: Person, kind: number) =>
  found(account.key, identity, name, {
    info: {
      kind,
      title: kind === GROUP ? "Owls" : "",
      admins: kind === GROUP ? [account.key] : [],
      stream: entropy(16),
      relay: RELAY,
    },
    now: NOW,
    entropy,
  });

async function staged(room: Conversation, ...wants: Want[]): Promise<Staged> {
  const planned = await plan(
    room,
    wants.map((want, number) => [number, want]),
    NOW,
  );
  expect(planned.refused).toEqual([]);
  const made = await stage(room, planned, { now: NOW, entropy });
  room.staged = unpackStaged(packStaged(made));
  return room.staged;
}

const arrive = (
  room: Conversation,
  what: { epoch: number; envelope: Bytes; data: Bytes },
  more: { isOurs?: boolean; blob?: Bytes } = {},
): Promise<Outcome> =>
  room.receive({ ...what, blob: more.blob ?? null, isOurs: more.isOurs ?? false }, NOW);

/** Ann's conversation of a kind, with Bob (and Cleo) in it. */
async function together(
  kind: number,
  ...others: [Person, OwnKeyPackage][]
): Promise<Conversation[]> {
  const room = await begin(ann, kind);
  const wants = others.map(([one, offered]): Want => {
    return { kind: "member", account: one.account.key, package: offered.message };
  });
  const commit = await staged(room, ...wants);
  const adopted = await arrive(room, commit);
  if (adopted.kind !== "epoch changed" || !adopted.welcome)
    throw new Error("no Welcome");
  expect(adopted.invitees).toEqual(wants.map((_, number) => number));
  expect(adopted.changes.map((one) => one.deed)).toEqual(wants.map(() => "added"));
  const { welcome } = adopted;
  const tree = room.group.exportRatchetTree();
  const rooms = others.map(([one, offered]) =>
    join(one.account.key, welcome, tree, [offered]),
  );
  return [room, ...(await Promise.all(rooms))];
}

async function say(room: Conversation, text: string) {
  const content = newContent(entropy(16), textPart(text));
  const data = encodeContent(content);
  const mimi = mimiId(room.me, room.id, data, content.salt);
  const envelope = messageId(mimi);
  const { epoch } = room.keys;
  return { epoch, envelope, data: await room.encrypt(data, envelope, entropy), mimi };
}

test("what one says the others hear, under the id that the content has", async () => {
  const [anns, bobs] = (await together(DIRECT, [bob, bobsPackage])) as [
    Conversation,
    Conversation,
  ];
  expect(bobs.members.map((one) => one.name)).toEqual(["Ann", "Bob"]);
  expect(bobs.isAlone).toBe(false);
  const said = await say(anns, "Hello, Bob");
  const heard = await arrive(bobs, said);
  if (heard.kind !== "spoken") throw new Error(heard.kind);
  expect(heard.sender).toEqual(ann.account.key);
  expect(heard.mimi).toEqual(said.mimi);
  expect(await arrive(anns, said, { isOurs: true })).toEqual({ kind: "own returned" });
  const again = await arrive(bobs, said);
  expect(again.kind).toBe("unreadable");
});

test("a message under another's id is refused, and those after it are read", async () => {
  const [anns, bobs] = (await together(DIRECT, [bob, bobsPackage])) as [
    Conversation,
    Conversation,
  ];
  const data = encodeContent(newContent(entropy(16), textPart("not mine")));
  const envelope = entropy(16);
  const sealed = await anns.encrypt(data, envelope, entropy);
  const bad = await arrive(bobs, { epoch: anns.keys.epoch, envelope, data: sealed });
  expect(bad).toMatchObject({ kind: "unreadable", error: "Forged" });
  const junk = entropy(300);
  const forged = await arrive(bobs, {
    epoch: anns.keys.epoch,
    envelope: entropy(16),
    data: junk,
  });
  expect(forged).toMatchObject({ kind: "unreadable", error: "Forged", isLate: false });
  expect((await arrive(bobs, await say(anns, "still here"))).kind).toBe("spoken");
});

test("of two commits the first counts and the other's wants are tried again", async () => {
  const [anns, bobs] = (await together(DIRECT, [bob, bobsPackage])) as [
    Conversation,
    Conversation,
  ];
  const first = await staged(anns, { kind: "fresh" });
  await staged(bobs, { kind: "name", name: "Robert" });
  const lost = await arrive(bobs, first);
  expect(lost).toMatchObject({ kind: "epoch changed", lost: true, isMine: false });
  expect(await arrive(anns, first)).toMatchObject({ isMine: true, fulfilled: [0] });
  const second = await staged(bobs, { kind: "name", name: "Robert" });
  await arrive(bobs, second);
  const named = await arrive(anns, second);
  if (named.kind !== "epoch changed") throw new Error(named.kind);
  expect(named.changes).toMatchObject([
    { deed: "renamed", text: "Robert", was: "Bob" },
  ]);
  expect(hex(anns.keys.readToken)).toBe(hex(bobs.keys.readToken));
  expect(anns.past.size).toBe(3);
});

test("a message of a past epoch is read, one of a forgotten epoch is late", async () => {
  const [anns, bobs] = (await together(DIRECT, [bob, bobsPackage])) as [
    Conversation,
    Conversation,
  ];
  const early = await say(anns, "early");
  const older = await say(anns, "older");
  for (let turn = 0; turn < 3; turn++) {
    const commit = await staged(anns, { kind: "fresh" });
    await arrive(anns, commit);
    await arrive(bobs, commit);
    if (turn === 1) expect((await arrive(bobs, early)).kind).toBe("spoken");
  }
  expect(await arrive(bobs, older)).toMatchObject({ kind: "unreadable", isLate: true });
});

test("only an admin changes a group; who tries is refused and ends it for others", async () => {
  const [anns, bobs] = (await together(
    GROUP,
    [bob, bobsPackage],
    [cleo, cleosPackage],
  )) as [Conversation, Conversation];
  const wanted: [number, Want][] = [[7, { kind: "title", title: "Bob's" }]];
  const refused = await plan(bobs, wanted, NOW);
  expect(refused.refused).toEqual([[7, "admins only"]]);
  const info = { ...bobs.info, title: "Bob's" };
  const forced = await plan(anns, [[7, { kind: "title", title: "Bob's" }]], NOW);
  const bad = await stage(bobs, { ...forced, info }, { now: NOW, entropy });
  const before = anns.keys;
  const outcome = await arrive(anns, bad);
  expect(outcome.kind).toBe("broken");
  expect(anns.keys).toBe(before);
});

test("an admin names, promotes, removes; the removed one learns it and no key", async () => {
  const [anns, bobs, cleos] = (await together(
    GROUP,
    [bob, bobsPackage],
    [cleo, cleosPackage],
  )) as [Conversation, Conversation, Conversation];
  const first = await staged(
    anns,
    { kind: "title", title: "Night owls" },
    { kind: "admin", account: bob.account.key, isAdmin: true },
    { kind: "gone", account: cleo.account.key },
    { kind: "gone", account: entropy(32) },
  );
  expect(first.wants).toEqual([0, 1, 2]);
  const told = await arrive(bobs, first);
  if (told.kind !== "epoch changed") throw new Error(told.kind);
  expect(told.changes.map((one) => one.deed)).toEqual(["removed", "retitled", "admin"]);
  expect(await arrive(cleos, first)).toMatchObject({ removedMe: true });
  await arrive(anns, first);
  expect(bobs.info.title).toBe("Night owls");
  expect(bobs.circle.isAdmin(bob.account.key)).toBe(true);
  expect(equal(cleos.keys.readToken, anns.keys.readToken)).toBe(false);
});

test("who wants to leave is taken out by the others in turn", async () => {
  const [anns, bobs, cleos] = (await together(
    GROUP,
    [bob, bobsPackage],
    [cleo, cleosPackage],
  )) as [Conversation, Conversation, Conversation];
  const envelope = entropy(16);
  const data = await bobs.proposeLeaving(envelope, entropy);
  const wish = { epoch: bobs.keys.epoch, envelope, data };
  expect(await arrive(anns, wish)).toEqual({ kind: "proposal kept", delay: 0 });
  expect(await arrive(cleos, wish)).toEqual({ kind: "proposal kept", delay: 2000 });
  const commit = await staged(anns, { kind: "fresh" });
  expect(await arrive(cleos, commit)).toMatchObject({ changes: [{ deed: "left" }] });
  expect(await arrive(bobs, commit)).toMatchObject({ removedMe: true });
});

test("a restored device takes its own place anew, and nobody another's", async () => {
  const [anns, bobs] = (await together(DIRECT, [bob, bobsPackage])) as [
    Conversation,
    Conversation,
  ];
  const fresh = await newIdentity(bob.account, entropy);
  const taken = await stageResync(bobs, fresh, "Bob", entropy);
  const back = await arrive(anns, taken);
  expect(back).toMatchObject({
    kind: "epoch changed",
    changes: [{ deed: "returned" }],
  });
  bobs.staged = taken;
  await arrive(bobs, taken);
  expect((await arrive(bobs, await say(anns, "back?"))).kind).toBe("spoken");
  const thief = await stageResync(bobs, cleo.identity, "Cleo", entropy);
  const before = anns.keys;
  expect((await arrive(anns, thief)).kind).not.toBe("epoch changed");
  expect(anns.keys).toBe(before);
});

test("a member too many does not come into a conversation of two", async () => {
  const [anns, bobs] = (await together(DIRECT, [bob, bobsPackage])) as [
    Conversation,
    Conversation,
  ];
  const third = await staged(anns, {
    kind: "member",
    account: cleo.account.key,
    package: cleosPackage.message,
  });
  expect(await arrive(bobs, third)).toMatchObject({ kind: "broken" });
});

test("another device of a member comes in under any rule, a stranger never among devices", async () => {
  const [anns, bobs] = (await together(GROUP, [bob, bobsPackage])) as [
    Conversation,
    Conversation,
  ];
  const how = { now: NOW, entropy, lastResort: false };
  const second = await newIdentity(bob.account, entropy);
  const offered = await newPackage(second, "Bob", how);
  // Bob is no admin: his own device he may add, by a commit that the plan would not make.
  const own = await plan(anns, [], NOW);
  const add = new Add(KeyPackage.fromMessage(offered.message));
  const made = await stage(
    bobs,
    { ...own, proposals: [add], info: bobs.info },
    { now: NOW, entropy },
  );
  expect(await arrive(anns, made)).toMatchObject({
    changes: [{ deed: "device added" }],
  });
  expect(anns.members.length).toBe(3);

  const devices = await begin(bob, DEVICES);
  expect(devices.isAlone).toBe(true);
  const stranger = new Add(KeyPackage.fromMessage(cleosPackage.message));
  expect(() => {
    checkProposal(devices.circle, stranger, bob.account.key);
  }).toThrow("another's devices");
});

test("an invitation that is none, and one for somebody else, cannot be opened", async () => {
  const [anns] = (await together(DIRECT, [bob, bobsPackage])) as [Conversation];
  const tree = anns.group.exportRatchetTree();
  const nonsense = entropy(100);
  await expect(join(bob.account.key, nonsense, tree, [bobsPackage])).rejects.toThrow(
    "cannot be opened",
  );
  expect(() => welcomeReferences(nonsense)).toThrow("no Welcome");
});

test("a commit too large for an envelope travels as a blob", async () => {
  const [anns, bobs] = (await together(DIRECT, [bob, bobsPackage])) as [
    Conversation,
    Conversation,
  ];
  const ref = { blob: entropy(32), key: entropy(32), size: 70_000 };
  const envelope = entropy(16);
  const { stream } = bobs.info;
  const data = seal(anns.keys, { stream, envelope }, ref, entropy);
  const what = { epoch: anns.keys.epoch, envelope, data };
  expect(await arrive(bobs, what)).toEqual({ kind: "blob needed", blob: ref });
  const bad = await arrive(bobs, what, { blob: utf8("no MLS message") });
  expect(bad.kind).toBe("unreadable");
});

test("a credential of another account for a leaf is refused", async () => {
  const claim = {
    credential: ann.identity.credential,
    signatureKey: ann.identity.signatureKey,
    purpose: Purpose.MEMBER,
  };
  await authenticate(claim);
  const previous = bob.identity.credential;
  await expect(authenticate({ ...claim, previous })).rejects.toThrow("to another");
  const signatureKey = bob.identity.signatureKey;
  await expect(authenticate({ ...claim, signatureKey })).rejects.toThrow("vouch");
  const credential = new BasicCredential(utf8("nobody"));
  await expect(authenticate({ ...claim, credential })).rejects.toThrow("malformed");
  await expect(packageOf(ann.account.key, bobsPackage.message)).rejects.toThrow(
    "somebody else's",
  );
});
