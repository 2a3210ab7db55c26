/** The scene that the gallery plays: people, groups, one of everything. */

import { say } from "../../src/sentences/index.ts";
import type {
  Came,
  Conversation,
  Message,
  MessageId,
  Notice,
  Request,
} from "../../src/client/values.ts";
import { odditiesIn } from "./oddities.ts";
import { LINK, type Scene } from "./scripted.ts";
import {
  account,
  contact,
  conversation,
  hex,
  LATIN,
  member,
  message,
  NOW,
  ODD,
  talk,
  type Script,
} from "./sample.ts";

const HOUR = 3_600_000;

/** A full life: 500 chats, one of them with 10,000 messages. */
export function fullScene(isOdd: boolean, chats = 500): Scene {
  const script = isOdd ? ODD : LATIN;
  const scene = emptyScene(script);
  addPeople(scene, script, chats);
  addGroups(scene, script);
  addRequests(scene, script);
  odditiesIn(scene, script);
  return scene;
}

/** Somebody who has just begun. */
export function emptyScene(script: Script): Scene {
  const me = contact(script.me);
  return {
    standing: "open",
    script,
    profile: {
      account: me.account,
      name: script.me,
      fingerprint: me.fingerprint,
      device: hex("device", 16) as Scene["profile"]["device"],
      hasPassphrase: true,
    },
    preferences: {
      ...{ deliveryReceipts: true, readReceipts: true, typing: true },
      ...{ notifications: true, notificationText: false },
      ...{ theme: "system", language: "" },
    },
    status: {
      relays: [],
      ...{ queued: 0, failed: 0, connected: true, clockOff: 0 },
      ...{ used: 84_000_000, room: 2_100_000_000 },
    },
    conversations: new Map(),
    messages: new Map(),
    members: new Map(),
    contacts: [],
    requests: [],
    devices: [],
    roads: [],
    attempts: [],
    files: new Map(),
    invite: LINK,
  };
}

function add(scene: Scene, chat: Conversation, messages: Message[]): Conversation {
  const last = messages.at(-1) ?? null;
  const lastActive = last?.time ?? NOW;
  const whole = { ...chat, lastMessage: last, lastActive };
  scene.conversations.set(chat.id, whole);
  scene.messages.set(chat.id, messages);
  return whole;
}

function addPeople(scene: Scene, script: Script, count: number): void {
  for (let at = 0; at < count; at += 1) {
    const base = script.names[at % script.names.length] ?? "";
    const round = Math.floor(at / script.names.length);
    const name = round === 0 ? base : `${base} ${round + 1}`;
    const sameName = at === 6;
    const person = contact(name, { verified: at % 5 === 0, sameName });
    scene.contacts.push(person);
    const chat = conversation(name, {
      peer: person,
      unread: [0, 0, 3, 0, 1, 0, 0, 12][at % 8] ?? 0,
      pinned: at === 0 || at === 3,
      muted: at % 7 === 4,
      draft: at === 5 ? (script.lines[0] ?? "") : "",
      archived: at >= script.names.length && at % 41 === 0,
      timer: at === 1 ? 604_800 : 0,
    });
    const long = at === 0 ? 10_000 : at < 20 ? 30 : 1;
    const messages = talk(chat.id, [name], long, script).map((one) => ({
      ...one,
      time: one.time - at * at * 900_000,
    }));
    add(scene, chat, messages);
  }
}

function addGroups(scene: Scene, script: Script): void {
  for (const [at, title] of script.titles.entries()) {
    const names = script.names.slice(at, at + 5);
    const chat = conversation(title, {
      kind: "group",
      memberCount: names.length + 1,
      ...(at === 0 ? { unread: 4, mentioned: true, pinned: true } : {}),
      ...(at === 2 ? { state: "removed" as const } : {}),
      ...(at === 3 ? { state: "left" as const } : {}),
    });
    scene.members.set(chat.id, [
      member(script.me, { isMe: true, isAdmin: true, devices: 2 }),
      ...names.map((name, index) =>
        member(name, {
          isAdmin: index === 1,
          verified: index === 0,
          devices: index + 1,
        }),
      ),
    ]);
    const first: Notice = { kind: "created", names: [], detail: "" };
    const added: Notice = { kind: "added", names, detail: "" };
    const times = { time: NOW - 90 * HOUR };
    add(scene, chat, [
      message(chat.id, script.me, "", {
        ...times,
        notice: first,
        isMine: true,
        place: 1,
      }),
      message(chat.id, script.me, "", {
        ...times,
        notice: added,
        isMine: true,
        place: 2,
      }),
      ...talk(chat.id, names, 40, script).map((one) => ({
        ...one,
        place: one.place + 2,
      })),
    ]);
  }
}

function addRequests(scene: Scene, script: Script): void {
  const [first = "", second = ""] = script.names;
  const request = (name: string, more: Partial<Request>): Request => ({
    sender: contact(name, { state: "known" }),
    conversation: hex(`request ${name}`, 32) as Request["conversation"],
    kind: "direct",
    title: name,
    note: "",
    receivedAt: NOW - HOUR,
    warning: null,
    ...more,
  });
  const forged = contact(first, { state: "known", sameName: true });
  scene.requests = [
    request(`${second} ?`, { note: script.lines[1] ?? "" }),
    request(first, {
      sender: { ...forged, account: account("forged"), fingerprint: "0BADC0DE" },
      kind: "group",
      title: script.titles[0] ?? "",
    }),
  ];
}

/** What connection, devices and the like show when not all is well. */
export function addTrouble(scene: Scene): void {
  scene.status = {
    ...scene.status,
    relays: [
      {
        relay: "7F3A9C",
        host: scene.script === ODD ? "ρελέ.παράδειγμα" : "relay.example.org",
        isMine: true,
        state: "waiting",
        road: null,
        why: [
          say("tried", { road: say("road wss"), reason: say("way cut") }),
          say("tried", { road: say("road https"), reason: say("way unreached") }),
          say("waiting"),
        ],
        conversations: 214,
        queued: 2,
        trouble: [],
      },
      {
        relay: "19D0E2",
        host: scene.script === ODD ? "άλλο.παράδειγμα" : "linnet.example.net",
        isMine: true,
        state: "connected",
        road: say("road wss"),
        why: [say("connected", { road: say("road wss") })],
        conversations: 31,
        queued: 0,
        trouble: [say("refusal 28")],
      },
    ],
    ...{ queued: 2, failed: 1, connected: false, clockOff: 5_400, used: 1_990_000_000 },
  };
  const odd = scene.script === ODD;
  const device = (name: string, isThis: boolean, days: number) => ({
    id: hex(`device ${name}`, 16) as Scene["profile"]["device"],
    name,
    isThis,
    linkedAt: NOW - days * 24 * HOUR,
  });
  const road = (host: string, isSecure: boolean) => ({
    id: hex(`road ${host}`, 4),
    relay: "7F3A9C",
    road: say(isSecure ? "road wss" : "road ws"),
    ...{ host, port: 443, isSecure, giver: null, isTaken: true },
  });
  const given = (host: string, giver: string, isTaken: boolean) => ({
    ...road(host, true),
    ...{ giver, isTaken },
  });
  scene.roads = [
    road(odd ? "δρόμος.παράδειγμα" : "garden.example.com", true),
    road("203.0.113.7", false),
    given(
      odd ? "περίπτερο.παράδειγμα" : "kiosk.example.net",
      odd ? "ليلى" : "Ann Okafor",
      true,
    ),
    given(
      odd ? "φούρνος.παράδειγμα" : "bakery.example.org",
      odd ? "\u202Eאבי" : "Ben",
      false,
    ),
  ];
  const attempt = (isLasting: boolean, came: Came, octets: number) => ({
    relay: "7F3A9C",
    road: say(isLasting ? "road wss" : "road https"),
    ...{ isLasting, host: "relay.example.org", port: 443, came, octets, seconds: 3 },
  });
  scene.attempts = [attempt(true, "frozen", 14_600), attempt(false, "works", 33_120)];
  scene.devices = odd
    ? [device("Κινητό", true, 3), device("Υπολογιστής", false, 80)]
    : [device("Firefox, laptop", true, 3), device("Phone", false, 80)];
}

/** The id of the last message of a chat by its title. */
export function lastOf(scene: Scene, title: string): MessageId | undefined {
  const chat = [...scene.conversations.values()].find((one) => one.title === title);
  return chat?.lastMessage?.id;
}
