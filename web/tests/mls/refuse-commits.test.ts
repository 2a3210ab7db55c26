/** Commits and lists of proposals that break a rule, each sent with real keys. */
import { expect, test } from "vitest";
import { utf8 } from "../../src/bytes.ts";
import { ProposalReference } from "../../src/mls/commits.ts";
import { Authentication, AuthenticatedContent } from "../../src/mls/framing.ts";
import {
  Add,
  CustomProposal,
  GroupContextExtensions,
  InvalidCommit,
  InvalidLeaf,
  InvalidProposal,
  InvalidSignature,
  InvalidTag,
  OwnMessage,
  PreSharedKey,
  ReInit,
  Remove,
  RequiredCapabilities,
  ResumptionPsk,
  ResumptionUsage,
  Sender,
  SenderType,
  UnknownProposal,
  UnknownPsk,
  Update,
  WrongEpoch,
  WrongGroup,
  type Proposal,
  type MLSError,
} from "../../src/mls/index.ts";
import { Extension } from "../../src/mls/extensions.ts";
import { PskId } from "../../src/mls/psks.ts";
import { forge, newcomerSeat, send, updateLeaf, type Bend } from "./insider.ts";
import { flipped, HOW, identity, keyPackage, processed, refused } from "./people.ts";

import { alice, ALICE, bob, BOB, carol, judge, KNOWN, PRIVATE, psk } from "./scene.ts";

type Kind = new (...args: never[]) => MLSError;

test.each([false, true])(
  "an honest commit is taken; private: %s",
  async (isPrivate) => {
    const after = await judge([new Remove(BOB), psk()], { isPrivate });

    expect(after.epoch).toBe(carol.epoch + 1);
    expect(after.members.map((member) => member.leaf)).toEqual([0, 2]);
  },
);

test.each<[string, () => Bend, Kind, string]>([
  ["signed by another", () => ({ signer: bob.identity }), InvalidSignature, "verify"],
  [
    "not signed",
    () => ({
      signed: ({ wireFormat, framed }) =>
        new AuthenticatedContent(
          wireFormat,
          framed,
          new Authentication(new Uint8Array()),
        ),
    }),
    InvalidSignature,
    "verify",
  ],
  [
    "of another group",
    () => ({ framed: { groupId: utf8("other") } }),
    WrongGroup,
    "group",
  ],
  [
    "of the next epoch",
    () => ({ framed: { epoch: alice.epoch + 1 } }),
    WrongEpoch,
    "epoch",
  ],
  [
    "of the epoch before",
    () => ({ framed: { epoch: alice.epoch - 1 } }),
    WrongEpoch,
    "",
  ],
  [
    "in the name of another",
    () => ({ framed: { sender: Sender.member(BOB) } }),
    InvalidSignature,
    "verify",
  ],
  [
    "in the name of nobody",
    () => ({ framed: { sender: Sender.member(3) } }),
    InvalidLeaf,
    "blank",
  ],
  [
    "from an external sender",
    () => ({ framed: { sender: new Sender(SenderType.EXTERNAL, 0) } }),
    InvalidProposal,
    "role",
  ],
  ["with a wrong tag", () => ({ tag: flipped }), InvalidTag, "confirmation tag"],
  [
    "without a tag",
    () => ({ tag: () => new Uint8Array() }),
    InvalidTag,
    "confirmation tag",
  ],
  ["without a path", () => ({ withPath: false }), InvalidCommit, "no path"],
  [
    "with a short path",
    () => ({ path: (path) => ({ ...path, nodes: path.nodes.slice(1) }) }),
    InvalidCommit,
    "nodes",
  ],
  [
    "with one key twice",
    () => ({ keys: (keys) => keys.map(() => keys[0]!) }),
    InvalidCommit,
    "in the tree already",
  ],
  [
    "with a key of the tree",
    () => ({
      keys: (keys) => [alice.member(BOB).leafNode.encryptionKey, ...keys.slice(1)],
    }),
    InvalidCommit,
    "in the tree already",
  ],
  [
    "with a key that is none",
    () => ({ keys: (keys) => keys.map((key) => key.slice(1)) }),
    InvalidCommit,
    "none",
  ],
  [
    "whose secrets do not fit",
    () => ({ keys: (keys) => keys.map(flipped) }),
    InvalidCommit,
    "do not fit its keys",
  ],
  [
    "that leaves somebody out",
    () => ({
      path: ({ leaf, nodes }) => ({
        leaf,
        nodes: nodes.map((node) => ({ ...node, secrets: node.secrets.slice(1) })),
      }),
    }),
    InvalidCommit,
    "encrypted to those",
  ],
  [
    "with a wrong parent hash",
    () => ({ leaf: { parentHash: new Uint8Array(32) } }),
    InvalidCommit,
    "parent hash",
  ],
])("a commit %s is refused", async (_, bend, kind, says) => {
  await refused(judge([], bend()), kind, says);
});

test("a commit whose membership tag is wrong is refused", async () => {
  const message = flipped(await forge(alice));

  await refused(processed(carol, message), InvalidTag, "tag is wrong");
});

test("a commit that comes back to its author is not processed", async () => {
  const staged = await alice.commit([], HOW);

  await refused(processed(staged.current, staged.message), OwnMessage, "ourselves");
});

test("a commit that was processed is not processed again", async () => {
  const message = await forge(alice);

  await refused(
    processed(await processed(carol, message), message),
    WrongEpoch,
    "epoch",
  );
});

const reinit = () => new ReInit(utf8("new"), 1);
const none = new GroupContextExtensions([]);

test.each<[string, () => readonly Proposal[], Kind, string]>([
  [
    "removes its committer",
    () => [new Remove(ALICE)],
    InvalidProposal,
    "own committer",
  ],
  ["removes nobody", () => [new Remove(7)], InvalidProposal, "blank"],
  [
    "removes one leaf twice",
    () => [new Remove(BOB), new Remove(BOB)],
    InvalidProposal,
    "one leaf twice",
  ],
  ["uses one key twice", () => [psk(), psk()], InvalidProposal, "key twice"],
  [
    "uses a short nonce",
    () => [psk(new Uint8Array(31))],
    InvalidProposal,
    "wrong length",
  ],
  [
    "uses a resumption key for a branch",
    () => {
      const name = new ResumptionPsk(ResumptionUsage.BRANCH, alice.groupId, 1);
      return [new PreSharedKey(new PskId(name, new Uint8Array(32)))];
    },
    InvalidProposal,
    "what it is not for",
  ],
  ["replaces extensions twice", () => [none, none], InvalidProposal, "twice"],
  [
    "ends the group and goes on",
    () => [reinit(), psk()],
    InvalidProposal,
    "together with",
  ],
  [
    "goes back to an older version",
    () => [new ReInit(utf8("new"), 1, [], 0)],
    InvalidProposal,
    "older",
  ],
  [
    "holds what some do not support",
    () => [new CustomProposal(PRIVATE, utf8("body"))],
    InvalidProposal,
    "does not support",
  ],
  [
    "requires what some do not support",
    () => [
      new GroupContextExtensions([
        new RequiredCapabilities({ proposals: [PRIVATE] }).toExtension(),
      ]),
    ],
    InvalidLeaf,
    "required proposal",
  ],
  [
    "sets an extension that some do not support",
    () => [new GroupContextExtensions([new Extension(PRIVATE, utf8(""))])],
    InvalidLeaf,
    "extension of the group",
  ],
])("a list that %s is refused, and not made", async (_, proposals, kind, says) => {
  const options = { psks: [...KNOWN, resumption()] };
  const made = alice.commit(proposals(), { ...HOW, options });
  const message = forge(alice, proposals(), {}, { psks: options.psks });

  await refused(made, kind, says);
  await refused(
    message.then((sent) => processed(carol, sent, options.psks)),
    kind,
    says,
  );
});

function resumption() {
  const name = new ResumptionPsk(ResumptionUsage.BRANCH, alice.groupId, 1);
  return [name, utf8("key")] as const;
}

test("a commit by value of an update is refused, whoever's leaf it is", async () => {
  const own = new Update(await updateLeaf(alice));
  const other = new Update(await updateLeaf(bob));

  await refused(judge([own]), InvalidProposal, "own committer");
  await refused(judge([other]), InvalidSignature, "verify");
});

test("a commit with a key nobody gave is not processed", async () => {
  const message = await forge(alice, [psk()], {}, { psks: KNOWN });

  await refused(processed(carol, message), UnknownPsk, "not given");
});

test("a proposal that nobody has seen cannot be committed, nor one twice", async () => {
  const message = await send(bob, new Remove(ALICE));
  const [heard, judge] = [
    await processed(alice, message),
    await processed(carol, message),
  ];
  const [pending] = heard.pendingProposals;
  const unknown = await forge(alice, [new ProposalReference(new Uint8Array(32))]);
  const twice = await forge(heard, [pending!, pending!]);

  await refused(processed(carol, unknown), UnknownProposal, "do not have");
  await refused(processed(judge, twice), UnknownProposal, "do not have");
});

test("an external commit is taken, and nothing in it that members may not", async () => {
  const [seat, init] = await newcomerSeat(alice, await identity("dave"));
  const enter = async (proposals: readonly Proposal[], bend: Bend = {}) =>
    processed(carol, await forge(alice, proposals, bend, { psks: KNOWN, seat }), KNOWN);
  const add = new Add((await keyPackage("eve")).public);

  expect((await enter([init, psk()])).members).toHaveLength(4);
  expect((await enter([init, new Remove(BOB)])).members).toHaveLength(3);
  await refused(enter([init, add]), InvalidProposal, "only members");
  await refused(enter([init, init]), InvalidProposal, "one external init");
  await refused(enter([psk()]), InvalidProposal, "one external init");
  const two = [init, new Remove(ALICE), new Remove(BOB)];
  await refused(enter(two), InvalidProposal, "one external init");
  await refused(enter([init], { withPath: false }), InvalidCommit, "no path");
  await refused(enter([init], { tag: flipped }), InvalidTag, "confirmation tag");
  await refused(judge([init]), InvalidProposal, "external init");
});

test("a stranger may propose nothing but to be added", async () => {
  const sender = new Sender(SenderType.NEW_MEMBER_PROPOSAL);
  const stranger = { framed: { sender } };
  const message = await send(alice, new Remove(BOB), stranger);
  const outside = { framed: { sender: new Sender(SenderType.EXTERNAL, 0) } };

  await refused(processed(carol, message), InvalidProposal, "role");
  await refused(
    processed(carol, await send(alice, new Remove(BOB), outside)),
    InvalidProposal,
    "not known",
  );
});
