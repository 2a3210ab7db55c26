/** A random group: whoever is in it does something, and all must agree on what it did. */
import { hex } from "../../../src/bytes.ts";
import type { Seeded } from "../seeded.ts";
import type { Answer, Member, Request } from "./members.ts";

/** Makes a member of a name, in a language of its choosing. */
export type Recruit = (name: string) => Promise<Member>;

/** A message that some have not read yet, and who they are. */
interface Held {
  readonly message: string;
  readonly plaintext: string;
  readonly readers: Set<Member>;
}

const MOVES = [
  "add",
  "add",
  "remove",
  "update",
  "propose",
  "propose",
  "enter",
  "resync",
  "rival",
  "say",
  "say",
  "swap",
] as const;

/** A group that is played with. */
export class Game {
  /** How often each move was made. */
  readonly moves = new Map<string, number>();
  readonly #random: Seeded;
  readonly #recruit: Recruit;
  readonly #most: number;
  #members: Member[] = [];
  #held: Held[] = [];
  #named = 0;

  constructor(random: Seeded, recruit: Recruit, most: number) {
    this.#random = random;
    this.#recruit = recruit;
    this.#most = most;
  }

  /** The languages of all who are in. */
  get languages(): readonly string[] {
    return this.#members.map((member) => member.language);
  }

  /** Begin with a group of two. */
  async begin(): Promise<void> {
    const first = await this.#newcomer();
    await ok(first, "create", { groupId: hex(this.#random.entropy(16)) });
    this.#members = [first];
    await this.#add();
  }

  /** Make one move, and see that all agree. */
  async move(): Promise<void> {
    const move = this.#random.pick(MOVES);
    this.moves.set(move, (this.moves.get(move) ?? 0) + 1);
    const epoch = await this.#agreed();
    await this.#play(move);
    if ((await this.#agreed()) !== epoch) await this.#deliver();
    for (const member of this.#members) await ok(member, "restart");
  }

  async #play(move: (typeof MOVES)[number]): Promise<void> {
    const isFull = this.#members.length >= this.#most;
    if (move === "add" || move === "enter") {
      if (isFull) return this.#remove();
      return move === "add" ? this.#add() : this.#enter();
    }
    if (move === "remove") return this.#remove();
    if (move === "update") return this.#commit(this.#someone(), {});
    if (move === "propose") return this.#propose();
    if (move === "resync") return this.#resync();
    if (move === "rival") return this.#rival();
    return move === "say" ? this.#say() : this.#swap();
  }

  #newcomer(): Promise<Member> {
    return this.#recruit(`person ${this.#named++}`);
  }

  #someone(but?: Member): Member {
    return this.#random.pick(this.#members.filter((member) => member !== but));
  }

  async #add(): Promise<void> {
    const count = 1 + this.#random.below(2);
    const coming: Member[] = [];
    const adds: (string | undefined)[] = [];
    for (let each = 0; each < count; each++) {
      const newcomer = await this.#newcomer();
      coming.push(newcomer);
      adds.push((await ok(newcomer, "offer")).message);
    }
    const path = this.#random.percent(50);
    await this.#commit(this.#someone(), { adds, path }, coming);
  }

  async #remove(): Promise<void> {
    if (this.#members.length < 3) return;
    const committer = this.#someone();
    const { leaf } = await ok(this.#someone(committer), "look");
    await this.#commit(committer, { removes: [leaf] });
  }

  /** Commit, let everyone hear it, and accept it. */
  async #commit(
    committer: Member,
    options: Request,
    coming: readonly Member[] = [],
  ): Promise<void> {
    await this.#settle(committer, await this.#stage(committer, options), coming);
  }

  #stage(committer: Member, options: Request): Promise<Answer> {
    const isPublic = this.#random.percent(30);
    const plain = { adds: [], removes: [], path: true, isPublic };
    return ok(committer, "commit", { ...plain, ...options });
  }

  async #settle(
    committer: Member,
    { message, welcome }: Answer,
    coming: readonly Member[],
  ): Promise<void> {
    await this.#hear(message, committer);
    await ok(committer, "accept");
    for (const newcomer of coming) {
      await ok(newcomer, "join", { welcome });
      this.#members.push(newcomer);
    }
  }

  /** Let everyone but its author take in a message; who is put out by it goes. */
  async #hear(message: string | undefined, author: Member): Promise<void> {
    const staying = [];
    for (const member of this.#members) {
      const isAuthor = member === author;
      const heard = isAuthor ? {} : await ok(member, "process", { message });
      if (heard.status !== "removed") staying.push(member);
    }
    this.#members = staying;
  }

  async #propose(): Promise<void> {
    const author = this.#someone();
    const isPublic = this.#random.percent(50);
    const request: Record<string, unknown> = { isPublic };
    if (this.#random.percent(30) && this.#members.length > 2)
      request["remove"] = (await ok(this.#someone(author), "look")).leaf;
    const { message } = await ok(author, "propose", request);
    await this.#hear(message, author);
  }

  async #enter(): Promise<void> {
    const { message: groupInfo } = await ok(this.#someone(), "show");
    const newcomer = await this.#newcomer();
    const { message } = await ok(newcomer, "enter", { groupInfo });
    await this.#hear(message, newcomer);
    this.#members.push(newcomer);
  }

  /** Somebody lost its state, and comes back in its own place. */
  async #resync(): Promise<void> {
    const lost = this.#someone();
    const { message: groupInfo } = await ok(this.#someone(lost), "show");
    const { leaf: resync } = await ok(lost, "look");
    const { message } = await ok(lost, "enter", { groupInfo, resync });
    for (const held of this.#held) held.readers.delete(lost);
    await this.#hear(message, lost);
  }

  /** Two commit at once; the first of them counts. */
  async #rival(): Promise<void> {
    const winner = this.#someone();
    const loser = this.#someone(winner);
    const newcomer = await this.#newcomer();
    const adds = [(await ok(newcomer, "offer")).message];
    const isAdding = this.#random.percent(50) && this.#members.length < this.#most;
    const staged = await this.#stage(winner, isAdding ? { adds } : {});
    await this.#stage(loser, isAdding ? {} : { adds });
    await ok(loser, "drop");
    await this.#settle(winner, staged, isAdding ? [newcomer] : []);
  }

  async #say(): Promise<void> {
    const author = this.#someone();
    const plaintext = hex(this.#random.entropy(this.#random.below(100)));
    const { message = "" } = await ok(author, "say", { plaintext });
    const readers = this.#members.filter((member) => member !== author);
    this.#held.push({ message, plaintext, readers: new Set(readers) });
    if (this.#random.percent(50)) await this.#deliver();
  }

  /** Let those who are still here read what was held back, the newest first. */
  async #deliver(): Promise<void> {
    for (const { message, plaintext, readers } of this.#held.reverse())
      for (const reader of this.#members.filter((member) => readers.has(member))) {
        const heard = await ok(reader, "process", { message });
        if (heard.plaintext !== plaintext) throw new Error("a message came out wrong");
      }
    this.#held = [];
  }

  /** Somebody goes on in another program, with the state that it stored. */
  async #swap(): Promise<void> {
    const leaving = this.#someone();
    const state = { ...(await ok(leaving, "restart")) };
    const arriving = await this.#newcomer();
    await ok(arriving, "adopt", state);
    const stored = await ok(arriving, "restart");
    if (stored.epochState !== state.epochState)
      throw new Error("two programs store one state differently");
    this.#members = this.#members.map((each) => (each === leaving ? arriving : each));
    for (const { readers } of this.#held)
      if (readers.delete(leaving)) readers.add(arriving);
  }

  /** The epoch that all are in. */
  async #agreed(): Promise<number> {
    const views = [];
    for (const member of this.#members) views.push(await ok(member, "look"));
    const [first, ...others] = views;
    for (const view of others)
      if (shown(view) !== shown(first))
        throw new Error(`members disagree: ${shown(first)} and ${shown(view)}`);
    return first?.epoch ?? 0;
  }
}

function shown(view: Answer | undefined): string {
  const { epoch, authenticator, leaves, exported } = view ?? {};
  return JSON.stringify({ epoch, authenticator, leaves, exported });
}

async function ok(member: Member, verb: string, request?: Request): Promise<Answer> {
  const answer = await member.ask(verb, request);
  const { error, why = "" } = answer;
  if (error) throw new Error(`${member.language} cannot ${verb}: ${error}, ${why}`);
  return answer;
}
