/** Leaves and key packages that break a rule, each sent with real keys. */
import { expect, test } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import {
  Add,
  BasicCredential,
  Capabilities,
  CredentialRejected,
  InvalidKeyPackage,
  InvalidLeaf,
  InvalidProposal,
  InvalidSignature,
  Update,
  type MLSError,
} from "../../src/mls/index.ts";
import { Extension, type Listed } from "../../src/mls/extensions.ts";
import { KeyPackage } from "../../src/mls/key-packages.ts";
import { LeafSource, Lifetime, type LeafFields } from "../../src/mls/leaf-nodes.ts";
import { forge, send, updateLeaf } from "./insider.ts";
import { flipped, HOW, keyPackage, NOW, processed, refused, under } from "./people.ts";

import { alice, bob, BOB, carol, judge, PRIVATE } from "./scene.ts";

type Kind = new (...args: never[]) => MLSError;

type Changes = Partial<LeafFields>;
const listed: Listed = Object.assign({}, Capabilities.of());

/** Leaves that break a rule of §7.3, whichever way they arrive. */
const LEAVES: readonly [string, () => Changes, Kind, string][] = [
  [
    "without the group's suite",
    () => ({ capabilities: new Capabilities({ ...listed, suites: [3] }) }),
    InvalidLeaf,
    "version and suite",
  ],
  [
    "without the protocol's version",
    () => ({ capabilities: new Capabilities({ ...listed, versions: [2] }) }),
    InvalidLeaf,
    "version and suite",
  ],
  [
    "without its own credential",
    () => ({ capabilities: new Capabilities({ ...listed, credentials: [2] }) }),
    InvalidLeaf,
    "own credential",
  ],
  [
    "with an extension it does not list",
    () => ({ extensions: [new Extension(PRIVATE, utf8(""))] }),
    InvalidLeaf,
    "does not support",
  ],
];

async function byPath(changes: Changes, judging = carol): Promise<unknown> {
  return judge([], { leaf: changes }, judging);
}

async function byUpdate(changes: Changes, judging = carol): Promise<unknown> {
  const message = await send(bob, new Update(await updateLeaf(bob, changes)));
  const heard = await processed(alice, message);
  const ready = await processed(judging, message);
  return processed(ready, await forge(heard, heard.pendingProposals));
}

async function bent(
  changes: Changes,
  fields: Partial<KeyPackage> = {},
): Promise<KeyPackage> {
  const honest = await keyPackage("dave");
  const { public: plain, identity: owner } = honest;
  const leaf = await plain.leaf.with(changes).signed(owner);
  const { version, suiteId, initKey, extensions } = plain;
  const whole = { version, suiteId, initKey, extensions, leaf, ...fields };
  return new KeyPackage(whole).signed(owner);
}

async function byAdd(changes: Changes, judging = carol): Promise<unknown> {
  return judge([new Add(await bent(changes))], {}, judging);
}

const ARRIVALS = { path: byPath, update: byUpdate, add: byAdd };

test.each(
  Object.keys(ARRIVALS).flatMap((way) => LEAVES.map((each) => [way, ...each] as const)),
)("by %s, a leaf %s is refused", async (way, _, changes, kind, says) => {
  const arrive = ARRIVALS[way as keyof typeof ARRIVALS];
  await arrive({});
  await refused(arrive(changes()), kind, says);
});

test("a leaf keeps neither its key nor a wrong source", async () => {
  const bobs = bob.member(BOB).leafNode;
  const lifetime = Lifetime.starting(NOW, 1000);
  const source = LeafSource.KEY_PACKAGE;

  await refused(
    byUpdate({ encryptionKey: bobs.encryptionKey }),
    InvalidLeaf,
    "keeps its encryption key",
  );
  await refused(byUpdate({ source, lifetime }), InvalidLeaf, "another source");
  await refused(byPath({ source, lifetime }), InvalidLeaf, "another source");
  await refused(
    byAdd({ source: LeafSource.UPDATE, lifetime: undefined }),
    InvalidLeaf,
    "another source",
  );
});

test("a leaf that somebody else signed is refused", async () => {
  const leafSigner = bob.identity;
  const wrong = judge([], { leafSigner });

  await refused(wrong, InvalidSignature, "verify");
});

test("a newcomer whose keys are in the tree is refused", async () => {
  const { encryptionKey, signatureKey } = alice.member(BOB).leafNode;
  const twin = await keyPackage("dave");
  const again = new Add(twin.public);

  await refused(byAdd({ encryptionKey }), InvalidProposal, "occurs twice");
  await refused(byAdd({ signatureKey }), InvalidSignature, "verify");
  await refused(judge([again, again]), InvalidProposal, "occurs twice");
});

test.each<[string, () => Promise<KeyPackage>, Kind, string]>([
  [
    "of another suite",
    () => bent({}, { suiteId: 3 }),
    InvalidKeyPackage,
    "another suite",
  ],
  [
    "that uses one key twice",
    async () => {
      const { initKey } = (await keyPackage("dave")).public;
      return bent({ encryptionKey: initKey }, { initKey });
    },
    InvalidKeyPackage,
    "one key twice",
  ],
  [
    "with an init key that is none",
    () => bent({}, { initKey: new Uint8Array(31) }),
    InvalidKeyPackage,
    "none",
  ],
  [
    "that has run out",
    () => bent({ lifetime: new Lifetime(0, NOW - 1) }),
    InvalidLeaf,
    "outside its lifetime",
  ],
  [
    "whose time has not come",
    () => bent({ lifetime: new Lifetime(NOW + 1, NOW + 2) }),
    InvalidLeaf,
    "outside its lifetime",
  ],
  [
    "that somebody changed",
    async () => {
      const { public: plain } = await keyPackage("dave");
      return new KeyPackage(plain, flipped(plain.signature));
    },
    InvalidSignature,
    "verify",
  ],
])("a key package %s is refused", async (_, made, kind, says) => {
  const proposal = new Add(await made());

  await refused(judge([proposal]), kind, says);
  await refused(alice.commit([proposal], HOW), kind, says);
});

test("a lifetime longer than settings allow is refused", async () => {
  const wary = await under(carol, { longestLifetime: 1000 });
  const message = await forge(alice, [new Add(await bent({}))]);

  await refused(processed(wary, message), InvalidLeaf, "longer lifetime");
});

test.each(Object.entries(ARRIVALS))(
  "the application is asked about a leaf that comes by %s, and may refuse",
  async (way) => {
    const asked: string[] = [];
    const mallory = new BasicCredential(utf8("mallory"));
    const wary = await under(carol, {
      authenticate: ({ credential, previous }) => {
        asked.push(previous ? "replaced" : "new");
        if (credential instanceof BasicCredential && credential.identity.length === 7)
          throw new CredentialRejected("never heard of Mallory");
      },
    });
    const arriving = ARRIVALS[way as keyof typeof ARRIVALS];

    await refused(
      arriving({ credential: mallory }, wary),
      CredentialRejected,
      "Mallory",
    );
    expect(asked).toContain(way === "add" ? "new" : "replaced");
  },
);
