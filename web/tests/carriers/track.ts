/** A race in virtual time, against roads that do what the test says. */
import { Budget } from "../../src/carriers/budget.ts";
import type { Way } from "../../src/carriers/carrier.ts";
import { Race } from "../../src/carriers/race.ts";
import type { Loss, RaceEffect, RaceEvent } from "../../src/carriers/race_values.ts";
import type { Status } from "../../src/carriers/status.ts";
import { Road } from "../../src/wire/tables.ts";

/** A way to a relay that has this name. */
export function way(
  name: string,
  by: Way["by"] = "websocket",
  road: number = Road.WSS,
): Way {
  const host = `${name}.example`;
  return { by, address: { road, host, port: 443, path: "/x", cover: "" } };
}

/** What a way does: seconds to open and to answer; `null` for never. */
export interface Path {
  readonly opens?: number | null;
  readonly answers?: number | null;
  readonly refuses?: boolean;
  readonly cutAfter?: number;
  readonly moved?: boolean;
}

export const GOOD: Path = {};
export const DEAD: Path = { opens: null };
export const MUTE: Path = { answers: null };
export const CLOSED: Path = { refuses: true };

/** A race, its time, and what it did. */
export class Track {
  readonly race: Race;
  now = 0;
  readonly log: [number, RaceEffect][] = [];
  readonly history: [number, RaceEvent | RaceEffect][] = [];
  readonly ways = new Map<number, Way>();
  readonly live = new Map<number, Way>();
  readonly opened = new Set<number>();
  used = 0;
  readonly #paths: Map<Way, Path>;
  #coming: { when: number; event: RaceEvent }[] = [];

  constructor(paths: readonly (readonly [Way, Path])[], chance = 0.5) {
    this.#paths = new Map(paths);
    this.race = new Race(
      () => [...this.#paths.keys()],
      new Budget(),
      () => chance,
    );
    this.happen({ type: "began" });
  }

  /** Let a way do something else from now on. */
  change(way: Way, path: Path): void {
    this.#paths.set(way, path);
  }

  /** Let something happen now. */
  happen(event: RaceEvent): void {
    this.history.push([this.now, event]);
    if (event.type === "lost") this.live.delete(event.runner);
    for (const effect of this.race.handle(event, this.now)) {
      this.log.push([this.now, effect]);
      this.history.push([this.now, effect]);
      this.#perform(effect);
    }
  }

  /** Let the road in use be lost. */
  lose(loss: Partial<Loss>): void {
    const how = { reason: "cut", moved: false, refusal: 0, faulty: false } as const;
    this.happen({ type: "lost", runner: this.used, ...how, ...loss });
  }

  /** Let time pass. */
  run(until: number): void {
    for (let turn = 0; turn < 100_000; turn++) {
      this.#coming.sort((one, other) => one.when - other.when);
      const [next] = this.#coming;
      const when = Math.min(next?.when ?? Infinity, this.race.wakeAt());
      if (when > until) {
        this.now = until;
        return;
      }
      if (when < this.now) throw new Error("the race looks back");
      this.now = when;
      if (next && next.when <= when) this.#arrive(this.#coming.shift()!.event);
      else {
        this.happen({ type: "woken" });
        if (this.race.wakeAt() <= this.now) throw new Error("the race spins");
      }
    }
    throw new Error("the race never rests");
  }

  dials(): [number, Way][] {
    return this.log.flatMap(([when, effect]) =>
      effect.type === "dial" ? [[rounded(when), effect.way] as [number, Way]] : [],
    );
  }

  uses(): [number, Way][] {
    return this.log.flatMap(([when, effect]) =>
      effect.type === "use"
        ? [[rounded(when), this.ways.get(effect.runner)!] as [number, Way]]
        : [],
    );
  }

  statuses(): Status[] {
    return this.log.flatMap(([, effect]) =>
      effect.type === "tell" ? [effect.status] : [],
    );
  }

  get last(): Status["type"] | undefined {
    return this.statuses().at(-1)?.type;
  }

  #later(seconds: number | null, event: RaceEvent): void {
    if (seconds !== null) this.#coming.push({ when: this.now + seconds, event });
  }

  #arrive(event: RaceEvent): void {
    if (!("runner" in event)) throw new Error(event.type);
    // What a road that was given up says is not heard.
    const way = this.live.get(event.runner);
    if (!way) return;
    if (event.type === "open") this.opened.add(event.runner);
    const { cutAfter, moved = false } = this.#paths.get(way)!;
    if (event.type === "crossed" && cutAfter !== undefined)
      this.#later(cutAfter, lost(event.runner, moved));
    this.happen(event);
  }

  #perform(effect: RaceEffect): void {
    if (effect.type === "tell") return;
    const { runner } = effect;
    if (effect.type === "dial") {
      if (this.ways.has(runner)) throw new Error("a runner has another's name");
      this.ways.set(runner, effect.way);
      this.live.set(runner, effect.way);
      const { opens = 0.1, refuses } = this.#paths.get(effect.way)!;
      if (refuses) this.#later(0.05, lost(runner, false));
      else this.#later(opens, { type: "open", runner });
    } else if (effect.type === "abort") {
      if (!this.live.delete(runner)) throw new Error("what is gone is given up");
      if (this.used === runner) this.used = 0;
    } else {
      if (!this.live.has(runner)) throw new Error("a road that is gone is used");
      if (!this.opened.has(runner)) throw new Error("a road is used before it is open");
      if (this.live.has(this.used)) throw new Error("a session has two carriers");
      this.used = runner;
      const { answers = 0.1 } = this.#paths.get(this.live.get(runner)!)!;
      this.#later(answers, { type: "answered", runner });
      if (answers !== null)
        this.#later(2 * answers, { type: "crossed", runner, resumed: false });
    }
  }
}

function lost(runner: number, moved: boolean): RaceEvent {
  const reason = moved ? "cut" : "unreached";
  return { type: "lost", runner, reason, moved, refusal: 0, faulty: false };
}

export const rounded = (seconds: number): number => Math.round(seconds * 1000) / 1000;
