/**
 * A carrier made of requests (spec/session.md §8.4), for networks that cut WebSocket. One
 * request sends, one fetches; what failed is asked again with the same number, so that
 * nothing arrives twice.
 */
import { type Bytes, concat } from "../bytes.ts";
import { type Carrier, type CarrierUser, NoWay, type Way } from "./carrier.ts";
import {
  CARRIER_BYTES,
  FETCH,
  HANG_SECONDS,
  LARGEST_ANSWER,
  LEAVE,
  Room,
  SEND,
  readMessages,
  writePoll,
} from "./polls.ts";
import { urlOf } from "./websocket.ts";

/** Seconds an answer may take, beside what a FETCH may wait. */
const ANSWER_SECONDS = 20;
const MOST_FAILURES = 4;
const RETRY_SECONDS = 0.5;

/** Open a carrier made of requests; rejects with `NoWay`. */
export async function dialPolling(
  way: Way,
  user: CarrierUser,
  signal: AbortSignal,
): Promise<Carrier> {
  const carrier = new PollingCarrier(urlOf(way, "http"), user);
  await carrier.begin(signal);
  return carrier;
}

/** The relay does not know the carrier, or it is no relay. */
class Unknown extends Error {}

class PollingCarrier implements Carrier {
  readonly #url: string;
  readonly #user: CarrierUser;
  readonly #name = crypto.getRandomValues(new Uint8Array(CARRIER_BYTES));
  readonly #room = new Room();
  readonly #fetching = new AbortController();
  #queue: Bytes[] = [];
  #sent = 0;
  #fetched = 0;
  #isSending = false;
  #isOver = false;

  constructor(url: string, user: CarrierUser) {
    this.#url = url;
    this.#user = user;
  }

  /** Begin the carrier, which tells whether there is a relay's door at all. */
  async begin(signal: AbortSignal): Promise<void> {
    try {
      await this.#post(SEND, 0, [], signal);
    } catch (error) {
      const reason = error instanceof Unknown ? "stranger" : "unreached";
      throw new NoWay(reason);
    }
    void this.#fetch();
  }

  send(messages: readonly Bytes[]): void {
    this.#queue.push(...messages);
    void this.#flush();
  }

  close(): void {
    this.#isOver = true;
    this.#fetching.abort();
    void this.#flush();
  }

  /** Send until nothing is left; then leave, if that was said. */
  async #flush(): Promise<void> {
    if (this.#isSending) return;
    this.#isSending = true;
    try {
      while (this.#queue.length > 0) {
        const sent = await this.#ask(SEND, () => this.#room.portion(this.#queue));
        this.#room.grow();
        this.#sent += sent;
        this.#queue.splice(0, sent);
      }
      if (this.#isOver) await this.#post(LEAVE, 0, []);
    } catch {
      this.#lose();
    }
    this.#isSending = false;
  }

  async #fetch(): Promise<void> {
    try {
      while (!this.#isOver) {
        const before = this.#fetched;
        await this.#ask(FETCH, () => []);
        // What stands between may answer with nothing at once, each time.
        if (this.#fetched === before) await rest(RETRY_SECONDS);
      }
    } catch {
      this.#lose();
    }
  }

  /** Make a request until it is answered; how many messages it held. */
  async #ask(kind: number, choose: () => readonly Bytes[]): Promise<number> {
    for (let failures = 0; ; failures++) {
      const messages = choose();
      try {
        if (kind === FETCH) this.#take(await this.#post(kind, this.#fetched, messages));
        else await this.#post(kind, this.#sent, messages);
        return messages.length;
      } catch (error) {
        const isFinal = error instanceof Unknown || failures + 1 === MOST_FAILURES;
        if (isFinal || this.#isOver) throw error;
        this.#room.shrink();
        // The first may be no more than a connection that was at its end.
        await rest(failures * RETRY_SECONDS);
      }
    }
  }

  #take(body: Uint8Array): void {
    for (const message of readMessages(body)) {
      this.#fetched++;
      if (!this.#isOver) this.#user.arrived(message);
    }
  }

  async #post(
    kind: number,
    number: number,
    messages: readonly Bytes[],
    signal: AbortSignal = AbortSignal.timeout(1000 * (HANG_SECONDS + ANSWER_SECONDS)),
  ): Promise<Uint8Array> {
    const poll = { carrier: this.#name, kind, number, messages };
    // No header and no content type: then a browser does not ask before.
    const answer = await fetch(this.#url, {
      method: "POST",
      body: writePoll(poll),
      signal:
        kind === FETCH ? AbortSignal.any([signal, this.#fetching.signal]) : signal,
      cache: "no-store",
      credentials: "omit",
      redirect: "error",
      referrerPolicy: "no-referrer",
      keepalive: kind === LEAVE,
    });
    if (answer.status !== 200) {
      void answer.body?.cancel();
      throw new Unknown();
    }
    return readBounded(answer);
  }

  #lose(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#queue = [];
    this.#fetching.abort();
    this.#user.lost();
  }
}

/** The whole body, unless it is larger than any relay's. */
async function readBounded(answer: Response): Promise<Uint8Array> {
  const parts: Uint8Array[] = [];
  let size = 0;
  const reader = answer.body?.getReader();
  for (;;) {
    const part = await reader?.read();
    if (!part || part.done) break;
    size += part.value.length;
    parts.push(part.value);
    if (size > LARGEST_ANSWER) {
      void reader?.cancel();
      throw new Unknown();
    }
  }
  return concat(...parts);
}

const rest = (seconds: number): Promise<void> =>
  new Promise((resolve) => setTimeout(resolve, seconds * 1000));
