/**
 * Carries what goes to other people's inboxes and comes from their shelves
 * (spec/conversations.md §6.1): claims a key package for each invitee, and puts a Welcome
 * into their inbox once the commit that adds them counts.
 */

import { type Code, type Said, say } from "../../sentences/index.ts";
import { type Bytes, concat, utf8 } from "../../bytes.ts";
import type { Line } from "../../carriers/line.ts";
import { reasonOf } from "../../carriers/status.ts";
import { Malformed, Refused, RemoteError, Unreachable } from "../../errors.ts";
import { MLSError } from "../../mls/index.ts";
import { uint } from "../../wire/fields.ts";
import type { InviteLink } from "../../wire/invites.ts";
import type { RelayDescriptor } from "../../wire/links.ts";
import { Refusal } from "../../wire/tables.ts";
import { sealBlob } from "../core/commits.ts";
import { sha256 } from "../core/gcm.ts";
import { deviceKeys, inviteKeys } from "../core/keys.ts";
import { packageOf } from "../core/people.ts";
import {
  decodePost,
  encodePost,
  LARGEST_POST,
  sealPost,
  unsealPackage,
  type WelcomePost,
} from "../core/posts.ts";
import { blobs } from "../later.ts";
import { type ContactRow, linkOf, linkOfCard } from "../store/contacts.ts";
import type { ConversationRow } from "../store/conversations.ts";
import type { Tx } from "../store/database.ts";
import type { Store } from "../store/home.ts";
import type { PostRow } from "../store/posts.ts";
import type { WantRow } from "../store/wants.ts";
import { ownLink } from "./cards.ts";
import { mishap } from "./mishaps.ts";
import { notice } from "./notices.ts";
import { Reception } from "./reception.ts";
import { Rounds } from "./rounds.ts";
import { TooLate, within } from "./waiting.ts";

const ROAD_MS = 10_000;
const FIRST_MS = 500;
const RETRY_MS = 5000;
const DEAD_MS = 30_000;
/** So often a link leads nowhere before it is said: its owner may have only just made it. */
const DOUBTS = 5;
const KEPT_MS = 30 * 24 * 3600 * 1000;
const DEAD: readonly number[] = [
  Refusal.NO_SUCH_SHELF,
  Refusal.NO_SUCH_STREAM,
  Refusal.WRONG_TOKEN,
];

/** An invite link leads nowhere any more. */
class LinkDead extends RemoteError {
  override name = "LinkDead";
}

interface Claim {
  readonly row: ConversationRow;
  readonly want: WantRow;
  readonly contact: ContactRow | null;
  /** A device of one's own, where that is to come in. */
  readonly device: Bytes | null;
}

/** The task that visits other people's relays. */
export class Courier extends Rounds {
  protected readonly patience = RETRY_MS;
  /** What was tried in vain since this began, by the want's number: how often, and why. */
  readonly #vain = new Map<
    number,
    { readonly times: number; readonly why: Said | null }
  >();

  protected async round(): Promise<number | null> {
    await this.#claimAll();
    await this.#postAll();
    const pause = await this.#pause();
    // What is not due in this round still does not get on.
    this.trouble ??= [...this.#vain.values()].find(({ why }) => why)?.why ?? null;
    return pause;
  }

  /** In how many milliseconds there is something to try again; null: never. */
  async #pause(): Promise<number | null> {
    const { db, posts } = this.hub.store;
    const pending = await db.read((tx) => posts.pending(tx));
    const claims = await this.#claims(Infinity);
    for (const number of this.#vain.keys())
      if (!claims.some(({ want }) => want.number === number)) this.#vain.delete(number);
    if (pending === 0 && claims.length === 0) return null;
    const now = this.hub.now();
    const waits = claims.map(({ want }) => Math.max(0, want.tryAt - now));
    return Math.min(RETRY_MS, ...waits);
  }

  // Key packages

  /** What is to be claimed at a time. */
  #claims(now: number): Promise<readonly Claim[]> {
    const { db, conversations, wants, contacts } = this.hub.store;
    return db.read(async (tx) => {
      const found: Claim[] = [];
      for (const row of await conversations.all(tx)) {
        if (row.state !== "active") continue;
        for (const one of await wants.of(tx, row.id)) {
          const { want } = one;
          if (one.hasPackage || one.tryAt > now) continue;
          if (want.kind === "device")
            found.push({ row, want: one, contact: null, device: want.device });
          if (want.kind !== "member") continue;
          const contact = await contacts.find(tx, want.account);
          found.push({ row, want: one, contact, device: null });
        }
      }
      return found;
    });
  }

  async #claimAll(): Promise<void> {
    for (const claim of await this.#claims(this.hub.now())) {
      await this.#claim(claim);
      this.hub.wake(claim.row.id);
    }
  }

  async #claim(claim: Claim): Promise<void> {
    const { db, wants } = this.hub.store;
    const { number } = claim.want;
    const { device } = claim;
    const link = device
      ? ownLink(this.hub.store)
      : claim.contact && linkOf(claim.contact);
    if (!link) {
      await db.write((tx) => this.#refuse(tx, claim, "link missing"));
      return;
    }
    try {
      const claimed = await this.#onSomeRelay(link.relays, (line, relay) =>
        device
          ? takeDevicePackage(this.hub.store, line, relay, device)
          : takePackage(line, relay, link),
      );
      await db.write((tx) => wants.keepPackage(tx, number, claimed));
    } catch (error) {
      if (!(error instanceof RemoteError || error instanceof Unreachable)) throw error;
      const isDead = error instanceof LinkDead && !device;
      const times = (this.#vain.get(number)?.times ?? 0) + 1;
      // A device that is off has no package to give; that is no trouble.
      this.#vain.set(number, { times, why: device ? null : mishap(error) });
      const wait = backOff(times, isDead ? DEAD_MS : RETRY_MS);
      await db.write(async (tx) => {
        if (isDead && times > DOUBTS) await this.#sayOnce(tx, claim, "link dead");
        await wants.delay(tx, number, this.hub.now() + wait);
      });
    }
  }

  async #sayOnce(tx: Tx, { row, want }: Claim, reason: Code): Promise<void> {
    const envelope = sha256(concat(utf8("dead"), uint(8, want.number))).slice(0, 16);
    await this.#say(tx, row, envelope, reason, "");
  }

  async #refuse(tx: Tx, claim: Claim, reason: Code): Promise<void> {
    const { row, want, contact } = claim;
    await this.hub.store.wants.refuse(tx, want.number, reason);
    await this.#say(tx, row, this.hub.entropy(16), reason, contact?.name ?? "");
  }

  async #say(
    tx: Tx,
    row: ConversationRow,
    envelope: Bytes,
    reason: Code,
    name: string,
  ): Promise<void> {
    const hub = this.hub;
    const reception = new Reception(tx, hub.store, (event) => {
      hub.tell(event);
    });
    const what = notice("refused want", name ? [name] : [], reason);
    await reception.notice(row, envelope, hub.store.me, what, hub.now());
  }

  // Invitations

  async #postAll(): Promise<void> {
    const { db, posts } = this.hub.store;
    const now = this.hub.now();
    const due = await db.read((tx) => posts.due(tx, now));
    for (const post of due) await this.#carry(post);
    if (due.length > 0) await db.write((tx) => posts.prune(tx, now - KEPT_MS));
  }

  async #carry(post: PostRow): Promise<void> {
    const { db, posts } = this.hub.store;
    const link = linkOfCard(post.card);
    try {
      const { key } = await this.#onSomeRelay(link.relays, async (line, relay) => {
        await this.#post(line, relay, link, post);
        return relay;
      });
      await db.write((tx) => posts.posted(tx, post.envelope, key));
    } catch (error) {
      if (!(error instanceof RemoteError || error instanceof Unreachable)) throw error;
      const isDead = error instanceof LinkDead;
      if (!isDead) this.trouble = mishap(error);
      const later = this.hub.now() + RETRY_MS;
      await db.write((tx) =>
        isDead
          ? posts.refuse(tx, post.envelope, "link dead")
          : posts.delay(tx, post.envelope, later),
      );
    }
  }

  async #post(
    line: Line,
    relay: RelayDescriptor,
    link: InviteLink,
    post: PostRow,
  ): Promise<void> {
    const keys = inviteKeys(link.secret, relay.key);
    const { handle } = await line.ask({
      type: "Open",
      stream: keys.inbox,
      epoch: 0,
      appendToken: keys.appendToken,
      readToken: null,
      controlToken: null,
    });
    const body = await this.#fit(line, handle, post.body);
    const { inbox, inboxKey } = keys;
    const data = sealPost(inboxKey, inbox, post.envelope, body, this.hub.entropy);
    await line.ask({ type: "Append", handle, envelope: post.envelope, data });
    await line.ask({ type: "Close", handle });
  }

  /** Put what does not fit an envelope into blobs beside the inbox. */
  async #fit(line: Line, handle: number, body: Bytes): Promise<Bytes> {
    if (body.length + 4 <= LARGEST_POST) return body;
    let post: WelcomePost = decodePost(body);
    for (const part of ["tree", "welcome"] as const) {
      const whole = post[part];
      if (!(whole instanceof Uint8Array)) continue;
      if (part === "welcome" && whole.length <= LARGEST_POST / 2) continue;
      const { ref, sealed } = sealBlob(whole, this.hub.entropy);
      await (await blobs()).putSmall(line, handle, ref, sealed);
      post = { ...post, [part]: ref };
    }
    return encodePost(post);
  }

  /**
   * Do something on the first relay of a link that can be reached. Throws `LinkDead` when
   * every relay says that the link leads nowhere, `Unreachable` when none can be reached.
   */
  async #onSomeRelay<T>(
    relays: readonly RelayDescriptor[],
    work: (line: Line, relay: RelayDescriptor) => Promise<T>,
  ): Promise<T> {
    const failures: Error[] = [];
    for (const relay of this.#order(relays)) {
      const line = this.hub.line(relay);
      const visit = async (): Promise<T> => {
        await line.up();
        return work(line, relay);
      };
      try {
        return await within(visit(), ROAD_MS, this.hub.signal);
      } catch (error) {
        if (error instanceof TooLate)
          failures.push(new Unreachable(reasonOf(line.status)));
        else if (error instanceof RemoteError || error instanceof Unreachable)
          failures.push(error);
        else throw error;
      }
    }
    if (failures.every((one) => one instanceof Refused && DEAD.includes(one.code)))
      throw new LinkDead(say("link dead"));
    const worst = failures.at(-1);
    throw worst ?? new Unreachable(say("not connected"));
  }

  /** Try first where there is a line already. */
  #order(relays: readonly RelayDescriptor[]): readonly RelayDescriptor[] {
    const isUp = (relay: RelayDescriptor): boolean =>
      this.hub.lineOf(relay.key)?.status.type === "connected";
    return [...relays.filter(isUp), ...relays.filter((one) => !isUp(one))];
  }
}

/** Milliseconds to wait after so many tries in vain: soon at first, then twice as long. */
export function backOff(times: number, most: number): number {
  return Math.min(FIRST_MS * 2 ** (times - 1), most);
}

async function takeDevicePackage(
  store: Store,
  line: Line,
  relay: RelayDescriptor,
  device: Bytes,
): Promise<Bytes> {
  const keys = deviceKeys(store.profile.ownerSecret, relay.key, device);
  const { shelf, claimToken } = keys;
  const reply = await line.ask({ type: "ShelfClaim", shelf, claimToken });
  return unsealPackage(keys.key, shelf, reply.package);
}

async function takePackage(
  line: Line,
  relay: RelayDescriptor,
  link: InviteLink,
): Promise<Bytes> {
  const { shelf, claimToken, shelfKey } = inviteKeys(link.secret, relay.key);
  const reply = await line.ask({ type: "ShelfClaim", shelf, claimToken });
  const found = unsealPackage(shelfKey, shelf, reply.package);
  try {
    await packageOf(link.account, found);
  } catch (error) {
    if (!(error instanceof MLSError)) throw error;
    throw new Malformed(say("odd package"));
  }
  return found;
}
