/**
 * The line to one relay: requests and their answers over the link (spec/wire.md §3).
 *
 * Knows numbers, handles and sessions; when a session is lost, every question is answered
 * with `SessionLost`, and whoever asked asks anew.
 */
import { say } from "../sentences/index.ts";
import { Malformed, RemoteError, Unreachable } from "../errors.ts";
import {
  ANSWERS,
  type AnswerTo,
  type Asked,
  type Reply,
  type Request,
  type RequestOf,
  decodeReply,
  encode,
} from "../wire/codec.ts";
import { refused } from "../wire/refusals.ts";
import { Link, type LinkEvent, type LinkParts } from "./link.ts";
import type { Status } from "./status.ts";

/** Seconds a relay that is connected may take to answer; then its session is over. */
export const ANSWER_SECONDS = 60;

/** The end of the year 9999; no honest relay's clock is further. */
const LAST_TIME_MS = 253_402_300_799_999;

/** Takes an answer or what a followed stream brings. */
export type Sink = (reply: Reply) => void;

/** The session a request was sent in is over; nobody knows what became of it. */
export class SessionLost extends Unreachable {
  override name = "SessionLost";

  constructor() {
    super(say("way ended"));
  }
}

interface Question {
  readonly take: Sink;
  readonly lose: (error: SessionLost) => void;
}

/** What a line is made of: a link's parts, and who is told of another status. */
export type LineParts = Omit<LinkParts, "tell"> & { readonly changed: () => void };

/** Asks one relay, over as many sessions as it takes. */
export class Line {
  /** Which session this is, counting from 1; 0 before the first. */
  generation = 0;
  readonly #link: Link;
  readonly #changed: () => void;
  readonly #waiting = new Map<number, Question>();
  readonly #sinks = new Map<number, Sink>();
  readonly #losses = new Set<() => void>();
  #upwards: (() => void)[] = [];
  #number = 0;
  #turn: Promise<unknown> = Promise.resolve();

  constructor({ changed, ...parts }: LineParts) {
    this.#changed = changed;
    this.#link = new Link({
      ...parts,
      tell: (event) => {
        this.#hear(event);
      },
    });
  }

  /** What the link is doing, for faces. */
  get status(): Status {
    return this.#link.status;
  }

  /** The relay's clock when the session was opened, in seconds since 1970, or `null`. */
  get relayTime(): number | null {
    return this.#link.relayTime;
  }

  /** Seconds this machine's clock was ahead of the relay's when the session was opened. */
  get clockAhead(): number | null {
    return this.#link.clockAhead;
  }

  /** Keep the line up until it is closed; resolves then. */
  async run(): Promise<void> {
    await this.#link.run();
    this.#lose();
  }

  /** End the session and stop. */
  close(): void {
    this.#link.close();
  }

  /** Try again at once: the network has changed, or the person asks for it. */
  hurry(): void {
    this.#link.hurry();
  }

  /** Wait until a session is open; which one it is. */
  async up(): Promise<number> {
    while (!this.#link.isOpen)
      await new Promise<void>((resolve) => this.#upwards.push(resolve));
    return this.generation;
  }

  /**
   * Send a request and wait for its answer, such as `{ type: "Opened", ... }`.
   *
   * Rejects with `Refused` if the relay said no, with `SessionLost` if the session ended
   * before the answer came, or none is open.
   */
  async ask<R extends Request & { readonly type: Asked }>(
    request: R,
  ): Promise<AnswerTo<R["type"]>> {
    const reply = await new Promise<Reply>((resolve, reject) => {
      const timer = setInterval(() => {
        if (this.status.type === "connected") this.#leave();
      }, ANSWER_SECONDS * 1000);
      const question: Question = {
        take(answer) {
          clearInterval(timer);
          resolve(answer);
        },
        lose(error) {
          clearInterval(timer);
          reject(error);
        },
      };
      this.#send(request, question).catch(question.lose);
    });
    if (reply.type === "RefusedReply") throw refused(reply.code, reply.detail);
    if (reply.type !== ANSWERS[request.type]) {
      this.#leave();
      throw new Malformed("The relay answered something else than was asked.");
    }
    return reply as AnswerTo<R["type"]>;
  }

  /**
   * Send a request whose answer, or refusal, goes to a sink; nothing goes there if the
   * session is lost. Resolves when more may be sent; rejects with `SessionLost`.
   */
  send(request: Request, sink: Sink): Promise<void> {
    return this.#send(request, { take: sink, lose: () => undefined });
  }

  /** Send a request that is never answered; rejects with `SessionLost`. */
  whisper(request: RequestOf<"Ephemeral">): Promise<void> {
    return this.#inTurn(encode(this.#nextNumber(), request));
  }

  /** Send what comes by a handle to a sink; call before subscribing. */
  follow(handle: number, sink: Sink): void {
    this.#sinks.set(handle, sink);
  }

  /** Drop what still comes by a handle. */
  unfollow(handle: number): void {
    this.#sinks.delete(handle);
  }

  /** Be told when the session is lost; once. */
  onLoss(told: () => void): void {
    this.#losses.add(told);
  }

  /** Do not be told any more. */
  forgetLoss(told: () => void): void {
    this.#losses.delete(told);
  }

  #send(request: Request, question: Question): Promise<void> {
    const number = this.#nextNumber();
    const message = encode(number, request);
    this.#waiting.set(number, question);
    return this.#inTurn(message).catch((error: unknown) => {
      this.#waiting.delete(number);
      throw error;
    });
  }

  /** Who waits for room must not be overtaken, nor speak in a session it did not mean. */
  #inTurn(message: Uint8Array): Promise<void> {
    const { generation } = this;
    const turn = this.#turn.then(() => {
      if (!this.#link.isOpen || generation !== this.generation) throw new SessionLost();
      return this.#link.send(message) ? undefined : this.#link.room();
    });
    this.#turn = turn.catch(() => undefined);
    return turn;
  }

  #nextNumber(): number {
    this.#number = (this.#number % 0xffff_ffff) + 1;
    return this.#number;
  }

  #hear(event: LinkEvent): void {
    switch (event.type) {
      case "opened":
        this.#lose();
        this.generation++;
        for (const go of this.#upwards.splice(0)) go();
        break;
      case "received":
        this.#take(event.message);
        break;
      case "status":
        this.#changed();
    }
  }

  #take(message: Uint8Array): void {
    try {
      this.#passOn(...decodeReply(message));
    } catch (error) {
      if (!(error instanceof RemoteError)) throw error;
      // A relay that talks nonsense is left; the next session begins clean.
      this.#leave();
    }
  }

  #passOn(number: number, reply: Reply): void {
    if (reply.type === "Appended") {
      for (const receipt of reply.receipts) {
        checkTime(receipt.timeMs);
        this.#answer(receipt.number, { type: "Appended", receipts: [receipt] });
      }
    } else if (reply.type === "Deliver") {
      for (const entry of reply.entries) {
        checkTime(entry.envelope.timeMs);
        this.#sinks.get(entry.handle)?.({ type: "Deliver", entries: [entry] });
      }
    } else if (
      reply.type === "Whisper" ||
      reply.type === "Ended" ||
      reply.type === "Gone"
    ) {
      this.#sinks.get(reply.handle)?.(reply);
    } else if (reply.type !== "Closing") {
      // The session's own end follows what says that the relay closes.
      this.#answer(number, reply);
    }
  }

  #answer(number: number, reply: Reply): void {
    const question = this.#waiting.get(number);
    this.#waiting.delete(number);
    if (question) question.take(reply);
    else if (reply.type !== "RefusedReply")
      // A refusal may answer a whisper.
      throw new Malformed("The relay answered what nobody asked.");
  }

  /** Give the relay's session up. */
  #leave(): void {
    this.#link.abandon();
    this.#lose();
  }

  #lose(): void {
    const questions = [...this.#waiting.values()];
    const losses = [...this.#losses];
    this.#waiting.clear();
    this.#losses.clear();
    this.#sinks.clear();
    const error = new SessionLost();
    for (const one of questions) one.lose(error);
    for (const told of losses) told();
  }
}

function checkTime(timeMs: number): void {
  if (timeMs > LAST_TIME_MS)
    throw new Malformed("The relay named a time that cannot be.");
}
