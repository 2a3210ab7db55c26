/** What the screens show: the door's values as signals, kept true by its events. */

import {
  batch,
  computed,
  signal,
  type ReadonlySignal,
  type Signal,
} from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Door } from "../client/door.ts";
import type { Event, Standing } from "../client/events.ts";
import type { Said } from "../sentences/said.ts";
import type {
  AccountId,
  Contact,
  Conversation,
  ConversationId,
  Device,
  MessageId,
  Preferences,
  Profile,
  Request,
  Status,
} from "../client/values.ts";
import { toast } from "./toasts.ts";

export interface Typist {
  readonly account: AccountId;
  readonly name: string;
  readonly until: number;
}

export interface Linking {
  readonly code: string;
  readonly device: string;
  readonly state: "waiting" | "moving" | "done" | "failed";
  readonly moved: number;
  readonly size: number;
  readonly reason: Said | null;
}

export interface Warning {
  readonly contact: Contact;
  readonly said: Said;
}

type ById<Id, Value> = ReadonlyMap<Id, Value>;

export class World {
  readonly door: Door;
  readonly standing: Signal<Standing | null> = signal(null);
  readonly profile: Signal<Profile | null> = signal(null);
  readonly preferences: Signal<Preferences | null> = signal(null);
  readonly status: Signal<Status | null> = signal(null);
  readonly conversations: Signal<ById<ConversationId, Conversation>> = signal(
    new Map(),
  );
  readonly contacts: Signal<ById<AccountId, Contact>> = signal(new Map());
  readonly requests: Signal<readonly Request[]> = signal([]);
  readonly devices: Signal<readonly Device[]> = signal([]);
  readonly typing: Signal<ById<ConversationId, readonly Typist[]>> = signal(new Map());
  readonly transfers: Signal<ById<MessageId, number>> = signal(new Map());
  readonly linking: Signal<Linking | null> = signal(null);
  readonly warnings: Signal<readonly Warning[]> = signal([]);
  readonly isLoaded = signal(false);
  /** The minute it is, for what is said relative to now. */
  readonly now = signal(Date.now());

  /** Newest first, what is pinned before all; without the archive and requests. */
  readonly chats: ReadonlySignal<readonly Conversation[]> = computed(() =>
    inOrder(this.conversations.value, (one) => !one.archived),
  );
  readonly archive: ReadonlySignal<readonly Conversation[]> = computed(() =>
    inOrder(this.conversations.value, (one) => one.archived),
  );
  readonly unread = computed(() =>
    this.chats.value.reduce((sum, { unread, muted }) => sum + (muted ? 0 : unread), 0),
  );

  readonly #listeners = new Set<(event: Event) => void>();

  constructor(door: Door) {
    this.door = door;
  }

  /** Begin to listen, and load what there is; the answer ends it. */
  async open(): Promise<() => void> {
    const stop = this.door.listen((event) => {
      batch(() => {
        this.#take(event);
      });
    });
    const ticking = setInterval(() => {
      this.now.value = Date.now();
      this.#dropTypists();
    }, 5_000);
    await this.#enter(await this.door.standing());
    return () => {
      stop();
      clearInterval(ticking);
    };
  }

  /** Also tell this listener of every event, after the signals have changed. */
  listen(listener: (event: Event) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #enter(standing: Standing): Promise<void> {
    if (standing === "open" || standing === "cut off") await this.#load();
    this.standing.value = standing;
  }

  async #load(): Promise<void> {
    const door = this.door;
    const [profile, preferences, conversations, requests, contacts] = await Promise.all(
      [
        door.profile(),
        door.preferences(),
        door.conversations(),
        door.requests(),
        door.contacts(),
      ],
    );
    batch(() => {
      this.profile.value = profile;
      this.preferences.value = preferences;
      this.conversations.value = new Map(conversations.map((one) => [one.id, one]));
      this.requests.value = requests;
      this.contacts.value = new Map(contacts.map((one) => [one.account, one]));
      this.isLoaded.value = true;
    });
    const [status, devices] = await Promise.all([door.status(), door.devices()]);
    this.status.value = status;
    this.devices.value = devices;
  }

  #take(event: Event): void {
    switch (event.type) {
      case "conversation changed":
        set(this.conversations, event.conversation.id, event.conversation);
        break;
      case "conversation gone":
        unset(this.conversations, event.conversation);
        break;
      case "contact changed":
        set(this.contacts, event.contact.account, event.contact);
        this.#rename(event.contact);
        break;
      case "requested":
        this.requests.value = [
          event.request,
          ...this.#requestsBut(event.request.conversation),
        ];
        break;
      case "request gone":
        this.requests.value = this.#requestsBut(event.conversation);
        break;
      case "typing":
        this.#noteTyping(event);
        break;
      case "message received":
        this.#dropTypist(event.message.conversation, event.message.sender);
        break;
      case "message changed":
        if (event.message.attachment?.state !== "moving")
          unset(this.transfers, event.message.id);
        break;
      case "transfer":
        set(this.transfers, event.message, event.moved);
        break;
      case "identity warning":
        this.warnings.value = [...this.warnings.value, event];
        break;
      case "standing changed":
        void this.#enter(event.standing);
        break;
      case "message sent":
      case "message gone":
      case "relay rewound":
        break;
      case "attempted":
        break; // who asked for it listens
      case "status changed":
      case "profile changed":
      case "preferences changed":
      case "devices changed":
      case "link code":
      case "linking":
        this.#takeOwn(event);
    }
    for (const listener of this.#listeners) listener(event);
  }

  #takeOwn(
    event: Extract<
      Event,
      {
        type:
          | "status changed"
          | "profile changed"
          | "preferences changed"
          | "devices changed"
          | "link code"
          | "linking";
      }
    >,
  ): void {
    if (event.type === "status changed") this.status.value = event.status;
    else if (event.type === "profile changed") this.profile.value = event.profile;
    else if (event.type === "preferences changed")
      this.preferences.value = event.preferences;
    else if (event.type === "devices changed") this.devices.value = event.devices;
    else {
      const known = this.linking.value;
      this.linking.value = {
        ...(known ?? { code: "", device: "", state: "waiting" }),
        ...{ moved: 0, size: 0, reason: null },
        ...event,
      };
    }
  }

  /** A chat of two shows the other one as they are now, such as that they accepted. */
  #rename(contact: Contact): void {
    for (const [id, chat] of this.conversations.value)
      if (chat.peer?.account === contact.account)
        set(this.conversations, id, { ...chat, peer: contact, title: contact.name });
  }

  #requestsBut(id: ConversationId): readonly Request[] {
    return this.requests.value.filter(({ conversation }) => conversation !== id);
  }

  #noteTyping(event: Extract<Event, { type: "typing" }>): void {
    this.#dropTypist(event.conversation, event.account);
    if (!event.isTyping) return;
    const { account, name } = event;
    const typist = { account, name, until: Date.now() + 8_000 };
    const others = this.typing.value.get(event.conversation) ?? [];
    set(this.typing, event.conversation, [...others, typist]);
  }

  #dropTypist(id: ConversationId, account: AccountId): void {
    const typists = this.typing.value.get(id);
    if (!typists?.some((typist) => typist.account === account)) return;
    const others = typists.filter((typist) => typist.account !== account);
    if (others.length === 0) unset(this.typing, id);
    else set(this.typing, id, others);
  }

  #dropTypists(): void {
    for (const [id, typists] of this.typing.value)
      for (const { account, until } of typists)
        if (until < this.now.value) this.#dropTypist(id, account);
  }

  /** Call the door; what goes wrong is told to the person, and nothing else happens. */
  readonly attempt = <T>(
    work: (door: Door) => Promise<T>,
    then?: (value: T) => void,
  ): void => {
    work(this.door).then(then, (error: unknown) => {
      toast(error);
    });
  };
}

function inOrder(
  all: ById<ConversationId, Conversation>,
  wanted: (one: Conversation) => boolean,
): readonly Conversation[] {
  return [...all.values()]
    .filter((one) => one.state !== "request" && wanted(one))
    .sort(
      (one, other) =>
        Number(other.pinned) - Number(one.pinned) || other.lastActive - one.lastActive,
    );
}

function set<Id, Value>(map: Signal<ById<Id, Value>>, id: Id, value: Value): void {
  map.value = new Map(map.value).set(id, value);
}

function unset<Id, Value>(map: Signal<ById<Id, Value>>, id: Id): void {
  if (!map.value.has(id)) return;
  const copy = new Map(map.value);
  copy.delete(id);
  map.value = copy;
}

const WorldContext = createContext<World | null>(null);
export const WorldProvider = WorldContext.Provider;

/** The world of the screen this is called from. */
export function useWorld(): World {
  const world = useContext(WorldContext);
  if (!world) throw new Error("A screen stands outside of the world.");
  return world;
}
