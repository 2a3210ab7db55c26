/** The two sides of the comparison, with one set of operations each. */
import { utf8 } from "../src/bytes.ts";
import {
  Add,
  BasicCredential,
  Group,
  Identity,
  KeyPackage,
  OwnKeyPackage,
  Settings,
  Suite,
} from "../src/mls/index.ts";

/** A value of a library that the benchmark only passes on. */
export type Opaque = unknown;

/** What a library does; messages are bytes on their way from one to another. */
export interface Side {
  readonly name: string;
  /** Somebody who can be added: the message to publish, and what to keep. */
  person(name: string): Promise<{ readonly message: Uint8Array; readonly own: Opaque }>;
  create(own: Opaque): Promise<Opaque>;
  commit(
    group: Opaque,
    adds: readonly Uint8Array[],
  ): Promise<{ message: Uint8Array; welcome: Uint8Array | undefined; next: Opaque }>;
  join(welcome: Uint8Array, own: Opaque): Promise<Opaque>;
  process(group: Opaque, message: Uint8Array): Promise<Opaque>;
  encrypt(
    group: Opaque,
    plaintext: Uint8Array,
  ): Promise<{ message: Uint8Array; next: Opaque }>;
}

const entropy = (length: number) => crypto.getRandomValues(new Uint8Array(length));

/** This package, in a suite. */
export function ourSide(suite: Suite): Side {
  const settings = new Settings({ authenticate: () => undefined });
  const now = Math.floor(Date.now() / 1000);
  const how = { now, entropy };
  return {
    name: "linnet",
    async person(name) {
      const credential = new BasicCredential(utf8(name));
      const identity = await Identity.generate(suite, credential, { entropy });
      const own = await OwnKeyPackage.generate(identity, how);
      return { message: own.message, own };
    },
    create: (own) => {
      const { identity } = own as OwnKeyPackage;
      return Group.create(utf8("bench"), identity, { ...how, settings });
    },
    async commit(group, adds) {
      const proposals = adds.map((each) => new Add(KeyPackage.fromMessage(each)));
      const staged = await (group as Group).commit(proposals, how);
      const { message, welcome, current } = staged;
      return { message, welcome, next: current.accept(staged) };
    },
    join: (welcome, own) => Group.join(welcome, [own as OwnKeyPackage], { settings }),
    process: async (group, message) =>
      (await (group as Group).process(message, { now })).group,
    async encrypt(group, plaintext) {
      const [next, message] = await (group as Group).encrypt(plaintext, { entropy });
      return { message, next };
    },
  };
}

/** What of ts-mls 1.6.4 is used; its own types are there only where it is installed. */
interface TsMls {
  getCiphersuiteFromName(name: string): Opaque;
  getCiphersuiteImpl(suite: Opaque): Promise<Opaque>;
  defaultCapabilities(): Opaque;
  defaultLifetime: Opaque;
  emptyPskIndex: Opaque;
  acceptAll: Opaque;
  generateKeyPackage(...args: Opaque[]): Promise<TheirPackage>;
  createGroup(...args: Opaque[]): Promise<Opaque>;
  createCommit(
    ...args: Opaque[]
  ): Promise<{ newState: Opaque; welcome: Opaque; commit: Opaque }>;
  joinGroup(...args: Opaque[]): Promise<Opaque>;
  processMessage(...args: Opaque[]): Promise<{ newState: Opaque }>;
  createApplicationMessage(
    ...args: Opaque[]
  ): Promise<{ newState: Opaque; privateMessage: Opaque }>;
  encodeMlsMessage(message: Opaque): Uint8Array;
  decodeMlsMessage(bytes: Uint8Array, at: number): [Record<string, Opaque>, number];
}

interface TheirPackage {
  readonly publicPackage: Opaque;
  readonly privatePackage: Opaque;
}

/** ts-mls, in a suite of its own naming. */
export async function theirSide(library: unknown, suiteName: string): Promise<Side> {
  const theirs = library as TsMls;
  const suite = await theirs.getCiphersuiteImpl(
    theirs.getCiphersuiteFromName(suiteName),
  );
  const encode = (wireformat: string, body: object) =>
    theirs.encodeMlsMessage({ version: "mls10", wireformat, ...body });
  const decode = (message: Uint8Array) => theirs.decodeMlsMessage(message, 0)[0];
  return {
    name: "ts-mls",
    async person(name) {
      const credential = { credentialType: "basic", identity: utf8(name) };
      const own = await theirs.generateKeyPackage(
        credential,
        theirs.defaultCapabilities(),
        theirs.defaultLifetime,
        [],
        suite,
      );
      const keyPackage = own.publicPackage;
      return { message: encode("mls_key_package", { keyPackage }), own };
    },
    create(own) {
      const { publicPackage, privatePackage } = own as TheirPackage;
      const id = utf8("bench");
      return theirs.createGroup(id, publicPackage, privatePackage, [], suite);
    },
    async commit(state, adds) {
      const extraProposals = adds.map((each) => {
        const { keyPackage } = decode(each);
        return { proposalType: "add", add: { keyPackage } };
      });
      const made = await theirs.createCommit(
        { state, cipherSuite: suite },
        { extraProposals, ratchetTreeExtension: true },
      );
      const { welcome, newState } = made;
      return {
        message: theirs.encodeMlsMessage(made.commit),
        welcome: welcome ? encode("mls_welcome", { welcome }) : undefined,
        next: newState,
      };
    },
    join(message, own) {
      const { publicPackage, privatePackage } = own as TheirPackage;
      const { welcome } = decode(message);
      const none = theirs.emptyPskIndex;
      return theirs.joinGroup(welcome, publicPackage, privatePackage, none, suite);
    },
    process: async (state, message) => {
      const { emptyPskIndex: none, acceptAll } = theirs;
      const opened = decode(message);
      return (await theirs.processMessage(opened, state, none, acceptAll, suite))
        .newState;
    },
    async encrypt(state, plaintext) {
      const sent = await theirs.createApplicationMessage(state, plaintext, suite);
      const { newState, privateMessage } = sent;
      return {
        message: encode("mls_private_message", { privateMessage }),
        next: newState,
      };
    },
  };
}
