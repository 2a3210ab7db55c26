/**
 * Keeps an inbox and a shelf on one relay of this account (spec/identity.md §5.3 and
 * §5.4): lays out key packages, reads invitations, and believes nothing in them that MLS
 * and signatures do not prove.
 */

import type { Said } from "../../sentences/index.ts";
import { type Bytes, hex } from "../../bytes.ts";
import { type Line, SessionLost } from "../../carriers/line.ts";
import { BugError, Refused, RemoteError } from "../../errors.ts";
import type { Envelope } from "../../wire/replies.ts";
import { NO_ENVELOPE } from "../../wire/requests.ts";
import { Refusal } from "../../wire/tables.ts";
import { sha256 } from "../core/gcm.ts";
import {
  deviceKeys,
  type InviteKeys,
  inviteKeys,
  type OwnerKeys,
  ownerKeys,
} from "../core/keys.ts";
import { ownDevice } from "../core/people.ts";
import { blobs } from "../later.ts";
import type { OldSecrets, RelayRow } from "../store/accounts.ts";
import type { Hub, Worker } from "./hub.ts";
import {
  type Invitation,
  Invitations,
  isWhole,
  missing,
  withBlob,
} from "./invitations.ts";
import { mishap } from "./mishaps.ts";
import { devicePlace, Shelf, type ShelfKeys } from "./shelf.ts";
import { announce, isCutOff } from "./siblings.ts";
import { type Item, Stream } from "./stream.ts";
import { check, Queue, within } from "./waiting.ts";

const PATIENCE_MS = 10_000;
const PACKAGES = 20;
const DEVICE_PACKAGES = 10;
const GONE: readonly number[] = [Refusal.NO_SUCH_STREAM, Refusal.NO_SUCH_SHELF];

/** What opens an inbox and a shelf, for others and for their owner. */
export interface InboxKeys {
  readonly invite: InviteKeys;
  readonly owner: OwnerKeys;
}

/** The task of one relay's inbox and shelf. */
export class Inbox implements Worker {
  trouble: Said | null = null;
  isSettled = false;
  readonly relay: string;
  readonly #hub: Hub;
  readonly #key: Bytes;
  readonly #shelf: Shelf;
  readonly #deviceShelf: Shelf;
  readonly #queue = new Queue<Item>();
  #head = 0;
  #isStale = false;

  constructor(hub: Hub, relay: Bytes) {
    this.#hub = hub;
    this.#key = relay;
    this.relay = hex(relay);
    hub.store.account.renewed.push(() => {
      this.renew();
    });
    this.#shelf = new Shelf(hub, relay);
    this.#deviceShelf = new Shelf(hub, devicePlace(relay));
  }

  /** Begin anew, for the invite was rotated or a package was used. */
  wake(): void {
    this.isSettled = false;
    this.#queue.put({ kind: "wake" });
  }

  /** Leave the old inbox for the one of the new invite. */
  renew(): void {
    this.#isStale = true;
    this.wake();
  }

  async run(signal: AbortSignal): Promise<void> {
    for (;;) {
      check(signal);
      try {
        await this.#session(signal);
      } catch (error) {
        check(signal);
        if (error instanceof SessionLost) continue;
        this.trouble = mishap(error);
        this.#hub.connectionChanged();
        await this.#queue.take(signal, 1, PATIENCE_MS);
      }
    }
  }

  get #row(): RelayRow {
    const row = this.#hub.store.account.knownRelay(this.#key);
    if (!row) throw new BugError("A relay was forgotten.");
    return row;
  }

  #keys(secrets: OldSecrets = this.#hub.store.profile): InboxKeys {
    const { inviteSecret, ownerSecret } = secrets;
    const invite = inviteKeys(inviteSecret, this.#key);
    return { invite, owner: ownerKeys(ownerSecret, this.#key, invite.inbox) };
  }

  /** The shelf from which the other devices of the account let this one in. */
  #deviceKeys(): ShelfKeys {
    const { ownerSecret, credential } = this.#hub.store.profile;
    const keys = deviceKeys(ownerSecret, this.#key, ownDevice(credential));
    return { ...keys, most: DEVICE_PACKAGES };
  }

  async #fill(line: Line, keys: InboxKeys): Promise<void> {
    const { db, packages, profile } = this.#hub.store;
    const isNew = await db.read((tx) => packages.replacesShelf(tx, this.#key));
    await this.#shelf.fill(line, publicShelf(keys));
    const device = ownDevice(profile.credential);
    if (isNew)
      await db.write((tx) => announce(tx, this.#hub, { kind: "shelf", device }));
    await this.#deviceShelf.fill(line, this.#deviceKeys());
  }

  async #session(signal: AbortSignal): Promise<void> {
    this.#isStale = false;
    const { db } = this.#hub.store;
    if (await db.read((tx) => isCutOff(tx, this.#hub.store))) {
      this.#settle(); // it has no inbox any more
      await this.#queue.take(signal, 1);
      return;
    }
    const line = this.#hub.line(this.#row.descriptor);
    await within(line.up(), null, signal);
    this.#queue.clear();
    const keys = this.#keys();
    const stream = new Stream(line, keys.invite.inbox, this.#queue);
    try {
      await this.#destroyRetired(line);
      await create(line, keys);
      await this.#fill(line, keys);
      await this.#subscribe(line, stream, keys);
      this.trouble = null;
      while (this.#isGood()) {
        await this.#hub.watches.look(stream, true);
        await this.#next(line, keys, signal);
      }
    } finally {
      stream.leave();
    }
  }

  #isGood(): boolean {
    return !this.#isStale;
  }

  /** Destroy inboxes and shelves whose invite was rotated. */
  async #destroyRetired(line: Line): Promise<void> {
    const { db, account } = this.#hub.store;
    for (const secret of await db.read((tx) => account.retiredInvites(tx, this.#key))) {
      const { invite, owner } = this.#keys(secret);
      try {
        const { handle } = await line.ask({
          type: "Open",
          stream: invite.inbox,
          epoch: 0,
          appendToken: null,
          readToken: null,
          controlToken: owner.controlToken,
        });
        await line.ask({ type: "Destroy", handle });
        const { shelf } = invite;
        await line.ask({ type: "ShelfDestroy", shelf, ownerToken: owner.shelfToken });
      } catch (error) {
        if (!(error instanceof Refused && GONE.includes(error.code))) throw error;
      }
      await db.write((tx) => account.forgetInvite(tx, this.#key, secret.inviteSecret));
    }
  }

  async #subscribe(line: Line, stream: Stream, keys: InboxKeys): Promise<void> {
    const { handle } = await line.ask({
      type: "Open",
      stream: stream.id,
      epoch: 0,
      appendToken: keys.invite.appendToken,
      readToken: keys.owner.readToken,
      controlToken: null,
    });
    stream.handle = handle;
    const row = this.#row;
    try {
      this.#head = await stream.subscribe(row.inboxSequence, row.inboxEnvelope);
    } catch (error) {
      if (!(error instanceof Refused && error.code === Refusal.REWOUND)) throw error;
      await this.#shelf.renew(line, publicShelf(keys));
      await this.#deviceShelf.renew(line, this.#deviceKeys());
      const { db, account } = this.#hub.store;
      await db.write((tx) => account.moveInboxCursor(tx, this.#key, 0, NO_ENVELOPE));
      this.#head = await stream.subscribe(0, NO_ENVELOPE);
    }
  }

  // Invitations

  async #next(line: Line, keys: InboxKeys, signal: AbortSignal): Promise<void> {
    if (this.#row.inboxSequence >= this.#head && this.#queue.isEmpty) this.#settle();
    for (const item of await this.#queue.take(signal, 1)) {
      if (item.kind === "lost") throw new SessionLost();
      if (item.kind === "came" && (await this.#take(line, keys, item.envelope)))
        await this.#fill(line, keys);
    }
  }

  #settle(): void {
    if (this.isSettled) return;
    this.isSettled = true;
    this.#hub.changed();
  }

  /** Take one post; what is wrong with it is nobody's business but ours. */
  async #take(line: Line, keys: InboxKeys, envelope: Envelope): Promise<boolean> {
    const invitations = new Invitations(this.#hub);
    const opened = await this.#opened(line, keys, envelope);
    const joined = opened && isWhole(opened) ? await invitations.join(opened) : null;
    const { db, account } = this.#hub.store;
    return db.write(async (tx) => {
      const { sequence, envelope: id, timeMs } = envelope;
      await account.moveInboxCursor(tx, this.#key, sequence, id);
      return joined !== null && invitations.take(tx, joined, timeMs);
    });
  }

  async #opened(
    line: Line,
    keys: InboxKeys,
    envelope: Envelope,
  ): Promise<Invitation | null> {
    try {
      let opened = Invitations.open(keys.invite, envelope);
      for (const ref of missing(opened))
        opened = withBlob(opened, ref, await (await blobs()).fetchSmall(line, ref));
      return opened;
    } catch (error) {
      if (error instanceof RemoteError) return null;
      throw error;
    }
  }
}

/** The shelf that the account's links lead to. */
function publicShelf({ invite, owner }: InboxKeys): ShelfKeys {
  const { shelf, claimToken, shelfKey: key } = invite;
  return { shelf, claimToken, key, ownerToken: owner.shelfToken, most: PACKAGES };
}

async function create(line: Line, { invite, owner }: InboxKeys): Promise<void> {
  await line.ask({
    type: "Create",
    stream: invite.inbox,
    isFenced: false,
    epoch: 0,
    retentionSeconds: 0,
    appendHash: sha256(invite.appendToken),
    readHash: sha256(owner.readToken),
    controlHash: sha256(owner.controlToken),
  });
}
