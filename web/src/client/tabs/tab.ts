/**
 * One tab: it leads, with the worker that holds the keys, or it asks the tab that does.
 *
 * Only one tab of a browser leads, as long as it lives; the others speak to it over a
 * channel. When it is gone another takes over from the store: what only reads is asked
 * again, what may have been done is told to whoever asked for it.
 */

import { here } from "../../sentences/pages.ts";
import { type Door, DoorError } from "../door.ts";
import type { Event } from "../events.ts";
import {
  type Answer,
  type Call,
  doorOf,
  faultAnswer,
  type Method,
  METHODS,
  type Port,
  type Told,
} from "./calls.ts";

/** What a tab lives in. */
export interface Around {
  /** A name that no other tab has. */
  readonly name: string;
  /** Reaches every other tab of this browser. */
  readonly channel: Port;
  /** Resolves when this tab leads; from then on it does until it is gone. */
  readonly lead: () => Promise<void>;
  /** Start the worker that hosts the door. */
  readonly startWorker: () => Port;
}

/** What tabs say to each other; `tab` is who asked, `leader` whom it is for or from. */
type Message =
  | { readonly kind: "who leads" }
  | { readonly kind: "leads"; readonly leader: string }
  | (Call & { readonly leader: string; readonly tab: string })
  | (Answer & { readonly tab: string })
  | (Told & { readonly leader: string });

interface Waiting {
  readonly call: Call;
  readonly resolve: (value: unknown) => void;
  readonly reject: (error: DoorError) => void;
  /** Who was asked; null: nobody yet. */
  leader: string | null;
}

/** Calls the door wherever it is. */
export class Tab {
  readonly door: Door;
  readonly #around: Around;
  readonly #listeners = new Set<(event: Event) => void>();
  readonly #waiting = new Map<number, Waiting>();
  #leader: string | null = null;
  #worker: Port | null = null;
  #last = 0;

  constructor(around: Around) {
    this.#around = around;
    this.door = doorOf(
      (method, args) => this.#call(method, args),
      (listener) => this.#listen(listener),
    );
    around.channel.onmessage = ({ data }: MessageEvent<Message>) => {
      this.#hear(data);
    };
    this.#say({ kind: "who leads" });
    void this.#run();
  }

  /** Wait for the lead, then start the worker; what fails is told to whoever calls. */
  async #run(): Promise<void> {
    try {
      await this.#around.lead();
      const worker = this.#around.startWorker();
      worker.onmessage = ({ data }: MessageEvent<Answer | Told>) => {
        if (data.kind === "event") this.#spread(data);
        else this.#settle(data);
      };
      this.#worker = worker;
    } catch (error) {
      this.#giveUp(error);
      return;
    }
    const { name } = this.#around;
    this.#say({ kind: "leads", leader: name });
    this.#follow(name);
  }

  #call(method: Method, args: readonly unknown[]): Promise<unknown> {
    return new Promise((resolve, reject) => {
      const call: Call = { kind: "call", id: ++this.#last, method, args };
      const waiting: Waiting = { call, resolve, reject, leader: null };
      this.#waiting.set(call.id, waiting);
      this.#ask(waiting);
    });
  }

  #listen(listener: (event: Event) => void): () => void {
    const own = (event: Event): void => {
      listener(event);
    };
    this.#listeners.add(own);
    return () => {
      this.#listeners.delete(own);
    };
  }

  /** Ask whoever leads, if anybody does. */
  #ask(waiting: Waiting): void {
    if (this.#leader === null) return;
    waiting.leader = this.#leader;
    const { call } = waiting;
    try {
      if (this.#worker) this.#worker.postMessage(call);
      else this.#say({ ...call, leader: this.#leader, tab: this.#around.name });
    } catch {
      // The browser cannot pass on what was given.
      this.#settle(faultAnswer(call.id, new DoorError("usage", here("unsendable"))));
    }
  }

  #settle(answer: Answer): void {
    const waiting = this.#waiting.get(answer.id);
    if (!waiting) return;
    this.#waiting.delete(answer.id);
    if (answer.kind === "answer") waiting.resolve(answer.value);
    else waiting.reject(new DoorError(answer.fault, answer.said));
  }

  #hear(message: Message): void {
    const isLeading = this.#worker !== null;
    const { name } = this.#around;
    switch (message.kind) {
      case "who leads":
        if (isLeading) this.#say({ kind: "leads", leader: name });
        break;
      case "leads":
        if (!isLeading) this.#follow(message.leader);
        break;
      case "call":
        if (isLeading && message.leader === name) void this.#serve(message);
        break;
      case "event":
        if (!isLeading && message.leader === this.#leader) this.#tell(message.event);
        break;
      case "answer":
      case "fault":
        if (message.tab === name) this.#settle(message);
    }
  }

  /** Do for another tab what it asks. */
  async #serve({ id, tab, method, args }: Call & { tab: string }): Promise<void> {
    let answer: Answer;
    try {
      answer = { kind: "answer", id, value: await this.#call(method, args) };
    } catch (error) {
      answer = faultAnswer(id, error);
    }
    this.#say({ ...answer, tab });
  }

  /** Turn to whoever leads now. */
  #follow(leader: string): void {
    const former = this.#leader;
    if (leader === former) return;
    this.#leader = leader;
    for (const waiting of [...this.#waiting.values()]) {
      const isOpen =
        waiting.leader === null || METHODS[waiting.call.method] === "again";
      if (isOpen) this.#ask(waiting);
      else this.#settle(faultAnswer(waiting.call.id, lost()));
    }
    if (former !== null) void this.#tellAnew();
  }

  /** What happened between two leaders was told to nobody: let the face look anew. */
  async #tellAnew(): Promise<void> {
    const standing = await this.door.standing().catch(() => "unusable" as const);
    this.#tell({ type: "standing changed", standing });
  }

  #giveUp(error: unknown): void {
    this.#leader = this.#around.name;
    const why =
      error instanceof DoorError ? error : new DoorError("storage", here("start"));
    const refuse: Port = {
      onmessage: null,
      postMessage: (message) => {
        const { id, method } = message as Call;
        this.#settle(
          method === "standing"
            ? { kind: "answer", id, value: "unusable" }
            : faultAnswer(id, why),
        );
      },
    };
    this.#worker = refuse;
    for (const waiting of [...this.#waiting.values()]) this.#ask(waiting);
  }

  #spread(told: Told): void {
    this.#say({ ...told, leader: this.#around.name });
    this.#tell(told.event);
  }

  #tell(event: Event): void {
    for (const listener of [...this.#listeners]) listener(event);
  }

  #say(message: Message): void {
    this.#around.channel.postMessage(message);
  }
}

function lost(): DoorError {
  return new DoorError("storage", here("tab closed"));
}
