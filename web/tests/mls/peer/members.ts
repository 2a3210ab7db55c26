/** Members of groups that do as they are asked, here or in another process. */
import { fromHex, hex, utf8 } from "../../../src/bytes.ts";
import {
  Add,
  BasicCredential,
  Group,
  Identity,
  KeyPackage,
  MLSError,
  OwnKeyPackage,
  Remove,
  Settings,
  StagedCommit,
  Suite,
  type Entropy,
} from "../../../src/mls/index.ts";

/** What a member is asked, and what it answers: JSON, bytes in hexadecimal. */
export type Request = Readonly<Record<string, unknown>>;
/** What a member answers. */
export interface Answer {
  readonly error?: string;
  readonly why?: string;
  readonly message?: string;
  readonly welcome?: string | null;
  readonly plaintext?: string;
  readonly status?: string;
  readonly epochState?: string;
  readonly ratchetState?: string;
  readonly epoch?: number;
  readonly authenticator?: string;
  readonly leaf?: number;
  readonly leaves?: readonly number[];
  readonly exported?: string;
}

/** Somebody who can be asked. */
export interface Member {
  readonly name: string;
  /** In which language its state is kept. */
  readonly language: string;
  ask(verb: string, request?: Request): Promise<Answer>;
}

const NOW = 1_700_000_000;
const settings = new Settings({ authenticate: () => undefined, padding: 64 });

/** A member in this process. */
export class LocalMember implements Member {
  readonly name: string;
  readonly language = "TypeScript";
  readonly #entropy: Entropy;
  readonly #how: { now: number; entropy: Entropy };
  #identity: Identity;
  #group: Group | undefined;
  #package: OwnKeyPackage | undefined;
  #staged: StagedCommit | undefined;

  private constructor(name: string, identity: Identity, entropy: Entropy) {
    this.name = name;
    this.#identity = identity;
    this.#entropy = entropy;
    this.#how = { now: NOW, entropy };
  }

  static async of(name: string, suite: number, entropy: Entropy): Promise<LocalMember> {
    const credential = new BasicCredential(utf8(name));
    const of = Suite.fromId(suite);
    const identity = await Identity.generate(of, credential, { entropy });
    return new LocalMember(name, identity, entropy);
  }

  async ask(verb: string, request: Request = {}): Promise<Answer> {
    try {
      return await (this.#verbs[verb] as (request: Request) => Promise<Answer>)(
        request,
      );
    } catch (error) {
      if (!(error instanceof MLSError)) throw error;
      return { error: error.constructor.name, why: error.message };
    }
  }

  get #here(): Group {
    if (!this.#group) throw new Error(`${this.name} is in no group`);
    return this.#group;
  }

  readonly #verbs: Readonly<Record<string, (request: Request) => Promise<Answer>>> = {
    create: async ({ groupId }) => {
      const how = { ...this.#how, settings };
      this.#group = await Group.create(bytes(groupId), this.#identity, how);
      return {};
    },
    offer: async () => {
      const made = await OwnKeyPackage.generate(this.#identity, this.#how);
      this.#package = await OwnKeyPackage.fromBytes(made.toBytes());
      return { message: hex(made.message) };
    },
    join: async ({ welcome }) => {
      const packages = this.#package ? [this.#package] : [];
      this.#group = await Group.join(bytes(welcome), packages, { settings });
      return {};
    },
    commit: async ({ adds, removes, isPublic, path }) => {
      const packages = (adds as string[]).map((each) =>
        KeyPackage.fromMessage(bytes(each)),
      );
      const leaves = removes as number[];
      const proposals = [
        ...packages.map((each) => new Add(each)),
        ...leaves.map((leaf) => new Remove(leaf)),
      ];
      const options = { public: isPublic as boolean, path: path as boolean };
      const staged = await this.#here.commit(proposals, { ...this.#how, options });
      this.#group = staged.current;
      this.#staged = await StagedCommit.fromBytes(staged.toBytes(), { settings });
      const { message, welcome } = staged;
      return { message: hex(message), welcome: welcome ? hex(welcome) : null };
    },
    propose: async ({ remove, isPublic }) => {
      const framing = { public: isPublic as boolean };
      const how = { entropy: this.#entropy, framing };
      const [group, message] =
        remove === undefined
          ? await this.#here.proposeUpdate(how)
          : await this.#here.propose(new Remove(remove as number), how);
      this.#group = group;
      return { message: hex(message) };
    },
    accept: () => {
      if (this.#staged) this.#group = this.#here.accept(this.#staged);
      this.#staged = undefined;
      return Promise.resolve({});
    },
    drop: () => {
      this.#staged = undefined;
      return Promise.resolve({});
    },
    process: async ({ message }) => {
      const received = await this.#here.process(bytes(message), { now: NOW });
      this.#group = received.group;
      if (received.kind === "application")
        return { plaintext: hex(received.plaintext) };
      return { status: received.group.status };
    },
    say: async ({ plaintext }) => {
      const quiet = this.#here.forgetProposals();
      const [group, message] = await quiet.encrypt(bytes(plaintext), this.#how);
      this.#group = group;
      return { message: hex(message) };
    },
    show: async () => ({ message: hex(await this.#here.exportGroupInfo(this.#how)) }),
    enter: async ({ groupInfo, resync }) => {
      const options = { resync: resync as number | undefined };
      const how = { settings, entropy: this.#entropy, options };
      const info = bytes(groupInfo);
      const entered = await Group.joinByExternalCommit(info, this.#identity, how);
      this.#group = entered.group;
      return { message: hex(entered.message) };
    },
    restart: async () => {
      const parts = [this.#here.epochState(), this.#here.ratchetState()] as const;
      this.#group = await Group.restore(...parts, { settings });
      return { epochState: hex(parts[0]), ratchetState: hex(parts[1]) };
    },
    adopt: async ({ epochState, ratchetState }) => {
      const parts = [bytes(epochState), bytes(ratchetState)] as const;
      this.#group = await Group.restore(...parts, { settings });
      this.#identity = this.#group.identity;
      return {};
    },
    look: () => {
      const group = this.#here;
      return Promise.resolve({
        epoch: group.epoch,
        authenticator: hex(group.epochAuthenticator),
        leaf: group.ownLeaf,
        leaves: group.members.map((member) => member.leaf),
        exported: hex(group.export("a label", utf8("a context"), 32)),
      });
    },
  };
}

function bytes(value: unknown) {
  return fromHex(value as string);
}
