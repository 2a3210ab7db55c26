/** Several tabs of one browser: real channels between them, a worker's end in each. */
import { afterEach, expect, test } from "vitest";

import { say } from "../../../src/sentences/index.ts";
import { type Door, DoorError } from "../../../src/client/door.ts";
import type { Event } from "../../../src/client/events.ts";
import { METHODS } from "../../../src/client/tabs/calls.ts";
import { host } from "../../../src/client/tabs/hosting.ts";
import { Tab } from "../../../src/client/tabs/tab.ts";
import type { ConversationId } from "../../../src/client/values.ts";

const room = "00".repeat(16) as ConversationId;

/** The lock of a browser: the first who asks has it until it is let go. */
class Lock {
  readonly #waiting: (() => void)[] = [];
  #isHeld = false;

  take(): Promise<void> {
    if (!this.#isHeld) {
      this.#isHeld = true;
      return Promise.resolve();
    }
    return new Promise((resolve) => this.#waiting.push(resolve));
  }

  drop(): void {
    const next = this.#waiting.shift();
    if (next) next();
    else this.#isHeld = false;
  }
}

/** What a worker does; calls that it is told to keep are never answered. */
class Worked {
  readonly calls: string[] = [];
  readonly #given = new Map<string, readonly unknown[]>();
  readonly listeners = new Set<(event: Event) => void>();
  readonly kept = new Set<string>();
  readonly #wakes: (() => void)[] = [];

  readonly door = Object.fromEntries([
    ...Object.keys(METHODS).map((method) => [
      method,
      (...args: unknown[]) => this.#do(method, args),
    ]),
    [
      "listen",
      (listener: (event: Event) => void) => {
        this.listeners.add(listener);
        return () => this.listeners.delete(listener);
      },
    ],
  ]) as unknown as Door;

  /** Resolves when a method was called. */
  async called(method: string): Promise<void> {
    while (!this.calls.includes(method))
      await new Promise<void>((resolve) => this.#wakes.push(resolve));
  }

  /** With what a method was called last. */
  given(method: string): readonly unknown[] | undefined {
    return this.#given.get(method);
  }

  #do(method: string, args: readonly unknown[]): Promise<unknown> {
    this.calls.push(method);
    this.#given.set(method, args);
    for (const wake of this.#wakes.splice(0)) wake();
    if (this.kept.has(method)) return new Promise(() => undefined);
    if (method === "standing") return Promise.resolve("open");
    if (method === "send") return Promise.reject(new DoorError("usage", say("empty")));
    if (method === "backup") return Promise.reject(new Error("a secret"));
    return Promise.resolve(args);
  }
}

/** A browser of several tabs. */
class Browser {
  readonly lock = new Lock();
  readonly channels: BroadcastChannel[] = [];
  readonly ends: MessagePort[] = [];
  readonly #name = crypto.randomUUID();
  #tabs = 0;

  open(): { door: Door; worked: Worked; die: () => void } {
    const channel = new BroadcastChannel(this.#name);
    this.channels.push(channel);
    const worked = new Worked();
    const { port1, port2 } = new MessageChannel();
    this.ends.push(port1, port2);
    let leads = false;
    const { door } = new Tab({
      name: `tab ${++this.#tabs}`,
      channel: channel,
      lead: async () => {
        await this.lock.take();
        leads = true;
      },
      startWorker: () => {
        host(worked.door, port2);
        return port1;
      },
    });
    const die = (): void => {
      channel.close();
      port1.close();
      port2.close();
      if (leads) this.lock.drop();
    };
    return { door, worked, die };
  }

  close(): void {
    for (const channel of this.channels) channel.close();
    for (const end of this.ends) end.close();
  }
}

let browser: Browser;

afterEach(() => {
  browser.close();
});

test("two tabs ask the one worker, and each gets its own answers", async () => {
  browser = new Browser();
  const [first, second] = [browser.open(), browser.open()];
  const answers = await Promise.all([
    first.door.setDraft(room, "one"),
    second.door.setDraft(room, "two"),
    second.door.standing(),
  ]);
  expect(answers).toEqual([[room, "one"], [room, "two"], "open"]);
  expect(first.worked.calls.length).toBe(3);
  expect(second.worked.calls).toEqual([]);
});

test("a blob crosses from tab to tab as it is", async () => {
  browser = new Browser();
  browser.open();
  const second = browser.open();
  const file = new Blob([new Uint8Array(300_000).fill(7)], { type: "image/png" });
  const outgoing = { file, name: "owl.png", mediaType: "image/png", media: {} };
  const echoed = (await second.door.sendFile(room, outgoing, "", {})) as unknown;
  const [, sent] = echoed as [string, typeof outgoing];
  expect(sent.file.size).toBe(300_000);
  expect(new Uint8Array(await sent.file.arrayBuffer())[299_999]).toBe(7);
});

test("what the worker refuses arrives as a door's error, also in another tab", async () => {
  browser = new Browser();
  const tabs = [browser.open(), browser.open()];
  for (const { door } of tabs) {
    const error: unknown = await door.send(room, "", {}).catch((one: unknown) => one);
    expect(error).toBeInstanceOf(DoorError);
    expect(error).toMatchObject({ fault: "usage", code: "empty" });
    const bug: unknown = await door.backup().catch((one: unknown) => one);
    expect(bug).toMatchObject({ fault: "bug" });
    expect(String(bug)).not.toContain("secret");
  }
});

test("what cannot be passed on is refused, and the next call works", async () => {
  browser = new Browser();
  browser.open();
  const { door } = browser.open();
  await door.standing();
  const odd = (() => undefined) as unknown as string;
  await expect(door.setDraft(room, odd)).rejects.toMatchObject({ code: "unsendable" });
  await expect(door.standing()).resolves.toBe("open");
});

test("an event is told in every tab, and to nobody who has stopped to listen", async () => {
  browser = new Browser();
  const tabs = [browser.open(), browser.open()];
  await Promise.all(tabs.map(({ door }) => door.standing()));
  const heard = tabs.map(
    ({ door }) => new Promise<Event>((resolve) => void door.listen(resolve)),
  );
  const stop = tabs[1]!.door.listen(() => {
    throw new Error("told after the end");
  });
  stop();
  const event: Event = { type: "conversation gone", conversation: room };
  for (const tell of tabs[0]!.worked.listeners) tell(event);
  expect(await Promise.all(heard)).toEqual([event, event]);
});

test("when the leading tab dies, another leads and asks again what only reads", async () => {
  browser = new Browser();
  const first = browser.open();
  const [second, third] = [browser.open(), browser.open()];
  await third.door.standing();
  first.worked.kept.add("history").add("newGroup");
  const reads = third.door.history(room, {}, 10);
  const writes = third.door.newGroup("Owls", []);
  await first.worked.called("newGroup");
  await first.worked.called("history");
  const anew = new Promise<Event>((resolve) => void third.door.listen(resolve));
  const refused = expect(writes).rejects.toMatchObject({ code: "tab closed" });
  first.die();
  await refused;
  expect(await reads).toEqual([room, {}, 10]);
  expect(second.worked.calls).toContain("history");
  expect(second.worked.calls).not.toContain("newGroup");
  // What happened meanwhile was told to nobody, so everything is to be looked at anew.
  expect(await anew).toEqual({ type: "standing changed", standing: "open" });
});

test("a text that the dying tab was to send is sent by the next as the same message", async () => {
  browser = new Browser();
  const first = browser.open();
  const [second, third] = [browser.open(), browser.open()];
  await third.door.standing();
  first.worked.kept.add("send");
  const sent = third.door.send(room, "Hoo", {}).catch((error: unknown) => error);
  await first.worked.called("send");
  first.die();
  await sent;
  expect(second.worked.given("send")).toEqual(first.worked.given("send"));
  const [, , extra] = second.worked.given("send") as [
    unknown,
    unknown,
    { salt: string },
  ];
  expect(extra.salt).toMatch(/^[0-9a-f]{32}$/);
});

test("a call made while nobody leads waits for whoever will", async () => {
  browser = new Browser();
  await browser.lock.take();
  const only = browser.open();
  const waits = only.door.newGroup("Owls", []);
  browser.lock.drop();
  expect(await waits).toEqual(["Owls", []]);
});

test("a tab that cannot lead says so and does nothing", async () => {
  browser = new Browser();
  const channel = new BroadcastChannel(crypto.randomUUID());
  browser.channels.push(channel);
  const { door } = new Tab({
    name: "lonely",
    channel: channel,
    lead: () => Promise.reject(new DoorError("storage", say("no locks"))),
    startWorker: () => {
      throw new Error("nobody leads");
    },
  });
  expect(await door.standing()).toBe("unusable");
  await expect(door.profile()).rejects.toThrow("tabs apart");
});

test("only methods of the door can be called through a port", async () => {
  browser = new Browser();
  const worked = new Worked();
  const { port1, port2 } = new MessageChannel();
  browser.ends.push(port1, port2);
  host(worked.door, port2);
  const answered = new Promise((resolve) => {
    port1.onmessage = ({ data }) => {
      resolve(data);
    };
  });
  port1.postMessage({ kind: "call", id: 1, method: "constructor", args: [] });
  expect(await answered).toMatchObject({ kind: "fault", id: 1, fault: "bug" });
  expect(worked.calls).toEqual([]);
});
