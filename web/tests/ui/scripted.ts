/**
 * A door that leads to made-up people, kept in memory: for looking at screens while
 * developing, and for the tests of the screens. No part of what is shipped.
 */

import { say } from "../../src/sentences/index.ts";
import { DoorError, type Door, type Outgoing } from "../../src/client/door.ts";
import type { Event, Standing } from "../../src/client/events.ts";
import type {
  Attempt,
  Contact,
  Conversation,
  ConversationId,
  Device,
  Member,
  Message,
  MessageId,
  OwnRoad,
  Preferences,
  Profile,
  Request,
  Status,
} from "../../src/client/values.ts";
import {
  account,
  attachment,
  contact,
  hex,
  message,
  NOW,
  type Script,
} from "./sample.ts";

/** Everything that the door shows; scenes change it before the page opens. */
export interface Scene {
  standing: Standing;
  script: Script;
  profile: Profile;
  preferences: Preferences;
  status: Status;
  conversations: Map<ConversationId, Conversation>;
  messages: Map<ConversationId, Message[]>;
  members: Map<ConversationId, Member[]>;
  contacts: Contact[];
  requests: Request[];
  devices: Device[];
  roads: OwnRoad[];
  attempts: Attempt[];
  files: Map<MessageId, Blob>;
  invite: string;
}

const LINK = `linnet:AQ${"JkV1pX3nq8RtYw".repeat(26)}`;

/** The door of a scene, and a way to make things happen in it. */
export function scriptedDoor(scene: Scene): Door & { tell: (event: Event) => void } {
  const listeners = new Set<(event: Event) => void>();
  const tell = (event: Event) => {
    for (const listener of listeners) listener(event);
  };
  const nothing = () => Promise.resolve();
  const chat = (id: ConversationId): Conversation => {
    const found = scene.conversations.get(id);
    if (!found) throw new DoorError("usage", say("no conversation"));
    return found;
  };
  const change = (id: ConversationId, changed: Partial<Conversation>): Conversation => {
    const next = { ...chat(id), ...changed };
    scene.conversations.set(id, next);
    tell({ type: "conversation changed", conversation: next });
    return next;
  };
  const timeline = (id: ConversationId) => scene.messages.get(id) ?? [];
  const rewrite = (id: ConversationId, at: MessageId, changed: Partial<Message>) => {
    const list = timeline(id);
    const index = list.findIndex((one) => one.id === at);
    const known = list[index];
    if (!known) throw new DoorError("usage", say("no message"));
    const next = { ...known, ...changed };
    list[index] = next;
    tell({ type: "message changed", message: next });
    return Promise.resolve(next);
  };
  const write = (id: ConversationId, text: string, more: Partial<Message>) => {
    const list = timeline(id);
    const place = (list.at(-1)?.place ?? 0) + 1;
    const time = Date.now();
    const state = "on the relay" as const;
    const made = message(id, scene.profile.name, text, {
      ...{ isMine: true, place, time, state },
      ...more,
    });
    scene.messages.set(id, [...list, made]);
    tell({ type: "message sent", message: made });
    change(id, { lastMessage: made, lastActive: made.time, draft: "" });
    return Promise.resolve(made);
  };
  const quote = (id: ConversationId, to: MessageId | undefined) => {
    const found = timeline(id).find((one) => one.id === to);
    if (!found) return {};
    const { name, text, isMine, deleted } = found;
    return { replyTo: { id: found.id, name, text, isMine, deleted } };
  };

  return {
    tell,
    standing: () => Promise.resolve(scene.standing),
    listen(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    create({ name }) {
      scene.profile = { ...scene.profile, name };
      scene.standing = "open";
      tell({ type: "standing changed", standing: "open" });
      return Promise.resolve(scene.profile);
    },
    unlock(passphrase) {
      if (passphrase !== "finch")
        return Promise.reject(new DoorError("usage", say("passphrase wrong")));
      scene.standing = "open";
      tell({ type: "standing changed", standing: "open" });
      return Promise.resolve();
    },
    lock() {
      tell({ type: "standing changed", standing: "locked" });
      return Promise.resolve();
    },
    setPassphrase(passphrase) {
      scene.profile = { ...scene.profile, hasPassphrase: passphrase !== "" };
      return Promise.resolve();
    },
    restore: () => Promise.resolve(scene.profile),
    backup: () =>
      Promise.resolve({
        file: new Blob([new Uint8Array(420_000)]),
        phrase: "7GK2-M9QX-04HT-VB6R-ZD3P-1N8W-CY5J-FA2E",
      }),
    erase: nothing,
    profile: () => Promise.resolve(scene.profile),
    rename(name) {
      scene.profile = { ...scene.profile, name };
      tell({ type: "profile changed", profile: scene.profile });
      return Promise.resolve(scene.profile);
    },
    preferences: () => Promise.resolve(scene.preferences),
    setPreferences(changed) {
      scene.preferences = { ...scene.preferences, ...changed };
      tell({ type: "preferences changed", preferences: scene.preferences });
      return Promise.resolve(scene.preferences);
    },
    status: () => Promise.resolve(scene.status),
    retryNow: nothing,
    addRelay: nothing,
    roads: () => Promise.resolve(scene.roads),
    addRoads: () => Promise.resolve(scene.roads),
    takeRoad: () => Promise.resolve(scene.roads),
    removeRoad: () => Promise.resolve([]),
    examine: () => Promise.resolve(scene.attempts),
    pushKey: () => Promise.resolve(""),
    watch: nothing,
    invite: () => Promise.resolve(scene.invite),
    rotateInvite() {
      scene.invite = `${LINK}x`;
      return Promise.resolve(scene.invite);
    },
    add: () => Promise.resolve([...scene.conversations.values()][0] as Conversation),
    talk(account) {
      const known = [...scene.conversations.values()].find(
        ({ peer }) => peer?.account === account,
      );
      return known
        ? Promise.resolve(known)
        : Promise.reject(
            new DoorError("usage", say("no link of theirs", { name: "?" })),
          );
    },
    requests: () => Promise.resolve(scene.requests),
    accept(id) {
      tell({ type: "request gone", conversation: id });
      return Promise.resolve(chat(id));
    },
    decline(id) {
      tell({ type: "request gone", conversation: id });
      return Promise.resolve();
    },
    block: nothing,
    unblock: nothing,
    contacts: () => Promise.resolve(scene.contacts),
    safetyNumber: (of) =>
      Promise.resolve({
        contact: scene.contacts.find((one) => one.account === of) ?? contact("?"),
        digits: Array.from(
          hex(`safety ${of}`, 60),
          (digit) => Number.parseInt(digit, 16) % 10,
        ).join(""),
      }),
    verify(of, verified) {
      const known = scene.contacts.find((one) => one.account === of) ?? contact("?");
      const next = { ...known, verified };
      tell({ type: "contact changed", contact: next });
      for (const one of scene.conversations.values())
        if (one.peer?.account === of) change(one.id, { peer: next });
      return Promise.resolve(next);
    },
    devices: () => Promise.resolve(scene.devices),
    link: () => Promise.resolve(LINK.replace("AQ", "AQM")),
    confirmLink: nothing,
    cancelLink: nothing,
    joinAccount: () => new Promise<Profile>(() => undefined),
    removeDevice: nothing,
    conversations: () => Promise.resolve([...scene.conversations.values()]),
    conversation: (id) => Promise.resolve(chat(id)),
    members: (id) => Promise.resolve(scene.members.get(id) ?? []),
    newGroup(title) {
      const id = hex(`group ${title}`, 32) as ConversationId;
      const made = {
        ...[...scene.conversations.values()][0],
        id,
        title,
      } as Conversation;
      scene.conversations.set(id, { ...made, kind: "group", peer: null });
      return Promise.resolve(change(id, { lastMessage: null }));
    },
    addMembers: nothing,
    removeMember: nothing,
    setAdmin: nothing,
    renameGroup: (id, title) => Promise.resolve(void change(id, { title })),
    leave: (id) => Promise.resolve(void change(id, { state: "left" })),
    setTimer: (id, timer) => Promise.resolve(void change(id, { timer })),
    move: nothing,
    setMuted: (id, muted) => Promise.resolve(void change(id, { muted })),
    setArchived: (id, archived) => Promise.resolve(void change(id, { archived })),
    setPinned: (id, pinned) => Promise.resolve(void change(id, { pinned })),
    setDraft: (id, draft) => Promise.resolve(void change(id, { draft })),
    markRead: (id) => Promise.resolve(void change(id, { unread: 0, mentioned: false })),
    typing: nothing,
    forget: nothing,
    history(id, edge, limit) {
      const list = timeline(id);
      const at = list.findIndex(({ id }) => Object.values(edge).includes(id));
      let from = Math.max(0, list.length - limit);
      if (edge.before !== undefined) from = Math.max(0, at - limit);
      if (edge.after !== undefined) from = at + 1;
      if (edge.around !== undefined) from = Math.max(0, at - Math.floor(limit / 2));
      const end = edge.before === undefined ? Math.min(list.length, from + limit) : at;
      const messages = list.slice(from, end);
      return Promise.resolve({
        messages,
        hasOlder: from > 0,
        hasNewer: end < list.length,
      });
    },
    search(words, within, limit) {
      const wanted = words.toLowerCase();
      const found = [...scene.messages]
        .filter(([id]) => within === null || id === within)
        .flatMap(([id, list]) =>
          list
            .filter(({ text }) => text.toLowerCase().includes(wanted))
            .slice(-8)
            .map((one) => ({
              conversation: id,
              title: scene.conversations.get(id)?.title ?? "",
              message: one,
            })),
        );
      return Promise.resolve(found.slice(0, limit));
    },
    pinned: (id) => Promise.resolve(timeline(id).filter(({ pinned }) => pinned)),
    send: (id, text, extra) =>
      write(id, text, { ...quote(id, extra.replyTo), mentions: extra.mentions ?? [] }),
    async sendFile(id, outgoing: Outgoing, text) {
      const { name, mediaType, media, file } = outgoing;
      const made = await write(id, text, {
        attachment: attachment(name, mediaType, file.size, { media }),
      });
      scene.files.set(made.id, file);
      return made;
    },
    fetchFile(_, id) {
      const file = scene.files.get(id);
      return file
        ? Promise.resolve(file)
        : Promise.reject(new DoorError("relay", say("refusal 24")));
    },
    cancelFile: nothing,
    edit: (id, at, text) => rewrite(id, at, { text, edited: true }),
    remove: (id, at) => rewrite(id, at, { deleted: true, text: "", attachment: null }),
    react(id, at, emoji) {
      const known = timeline(id).find((one) => one.id === at)?.reactions ?? [];
      const others = known.filter(({ isMine }) => !isMine);
      const { name } = scene.profile;
      const mine = { account: account(name), name, emoji, isMine: true };
      return rewrite(id, at, { reactions: emoji === "" ? others : [...others, mine] });
    },
    retry: (id, at) => rewrite(id, at, { state: "queued", reason: null }),
    async pinMessage(id, at, pinned) {
      await rewrite(id, at, { pinned });
    },
  };
}

export { LINK, NOW };
