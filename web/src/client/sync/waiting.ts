/** What tasks wait with: a bell to be woken by, a queue of what came, and an end to patience. */

/** A task was told to end; it leaves everything as it stands in the store. */
export class Stopped extends Error {
  override name = "Stopped";
}

/** Throw `Stopped` if a task is to end. */
export function check(signal: AbortSignal): void {
  if (signal.aborted) throw new Stopped("A task was told to end.");
}

/** Can be rung before anybody waits. */
export class Bell {
  #isRung = false;
  #waiting: (() => void) | null = null;

  get isRung(): boolean {
    return this.#isRung;
  }

  /** Wake whoever waits, or will wait next. */
  ring(): void {
    this.#isRung = true;
    this.#waiting?.();
  }

  /** Forget that it was rung. */
  still(): void {
    this.#isRung = false;
  }

  /** Wait until it is rung, or so many milliseconds are over. Throws `Stopped`. */
  async wait(signal: AbortSignal, milliseconds: number | null = null): Promise<void> {
    check(signal);
    if (this.#isRung) return;
    await new Promise<void>((resolve) => {
      const timer =
        milliseconds === null
          ? undefined
          : setTimeout(resolve, Math.ceil(milliseconds));
      const go = (): void => {
        clearTimeout(timer);
        signal.removeEventListener("abort", go);
        resolve();
      };
      this.#waiting = go;
      signal.addEventListener("abort", go, { once: true });
    });
    this.#waiting = null;
    check(signal);
  }
}

/** What came, in order, for the one task that takes it. */
export class Queue<T> {
  readonly #bell = new Bell();
  #items: T[] = [];

  get isEmpty(): boolean {
    return this.#items.length === 0;
  }

  put(item: T): void {
    this.#items.push(item);
    this.#bell.ring();
  }

  /** Forget all that came. */
  clear(): void {
    this.#items = [];
    this.#bell.still();
  }

  /** Take up to `most` items; none only if the time was over. Throws `Stopped`. */
  async take(
    signal: AbortSignal,
    most: number,
    milliseconds: number | null = null,
  ): Promise<T[]> {
    check(signal);
    if (this.isEmpty) {
      this.#bell.still();
      await this.#bell.wait(signal, milliseconds);
    }
    return this.#items.splice(0, most);
  }
}

/** What `within` rejects with when the time is over. */
export class TooLate extends Error {
  override name = "TooLate";
}

/** Wait for something for so many milliseconds. Throws `TooLate` or `Stopped`. */
export function within<T>(
  promise: Promise<T>,
  milliseconds: number | null,
  signal: AbortSignal,
): Promise<T> {
  return new Promise((resolve, reject) => {
    const late = new TooLate("It took too long.");
    const timer =
      milliseconds === null
        ? undefined
        : setTimeout(() => {
            end();
            reject(late);
          }, milliseconds);
    const stop = (): void => {
      end();
      reject(new Stopped("A task was told to end."));
    };
    const end = (): void => {
      clearTimeout(timer);
      signal.removeEventListener("abort", stop);
    };
    if (signal.aborted) {
      // What nobody waits for any more fails without a word.
      promise.catch(() => undefined);
      stop();
      return;
    }
    signal.addEventListener("abort", stop, { once: true });
    promise.then(
      (value) => {
        end();
        resolve(value);
      },
      (error: unknown) => {
        end();
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}
