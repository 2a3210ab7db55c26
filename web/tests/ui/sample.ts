/**
 * Sample conversations for looking at the screens. In the `odd` script every word is
 * Greek: with the pseudo language, Latin letters on a screen are then untranslated text.
 */

import type {
  AccountId,
  Attachment,
  Contact,
  Conversation,
  ConversationId,
  Member,
  Message,
  MessageId,
} from "../../src/client/values.ts";

export const NOW = Date.UTC(2026, 9, 14, 12, 30);
const MINUTE = 60_000;

export interface Script {
  readonly names: readonly string[];
  readonly lines: readonly string[];
  readonly titles: readonly string[];
  readonly me: string;
  readonly file: string;
}

export const LATIN: Script = {
  me: "Nora Lindqvist",
  names: [
    "Ilya Marchenko",
    "Amara Okafor",
    "Tomás Vega",
    "Sofia Almeida",
    "Jonas Weber",
    "Mei Tanaka",
    "Leila Haddad",
    "Oskar Nyström",
    "Priya Raman",
    "Ewa Kowalska",
    "Daniel Cohen",
    "Hanna Virtanen",
    "يوسف المصري",
    "Марина Орлова",
    "דנה לוי",
    "Bo Li",
  ],
  titles: ["Sunday hike", "Book club", "Flat 4B", "Choir", "Release night"],
  lines: [
    "Are you coming on Sunday?",
    "Yes! I'll bring the big thermos and the map.",
    "The train at 8:12 is the last one that makes sense, the next is two hours later.",
    "ok",
    "I read it in one night. The ending is not what I expected at all, and I think that is why I liked it so much.\n\nTell me when you are through.",
    "👍",
    "Here is the page I meant: https://example.org/birds/linnet?season=autumn. Look at the second picture.",
    "Could somebody feed the cat on Friday?",
    "Done.",
    "The rehearsal is moved to seven. Bring pencils.",
    "That's the one :)",
    "I'm on my way, fifteen minutes.",
    "It says the pass is closed because of the snow. Let's take the lower path along the river, it is longer but much nicer anyway.",
    "See you there!",
  ],
  file: "Trail map.pdf",
};

export const ODD: Script = {
  me: "Νόρα",
  names: ["Ίλια Μάρκου", "Αμάρα", "Θωμάς Βέργης", "Σοφία", "Ιωνάς", "Μέι", "Λεϊλά"],
  titles: ["Πεζοπορία", "Λέσχη", "Χορωδία"],
  lines: [
    "Έρχεσαι την Κυριακή;",
    "Ναι! Θα φέρω τον χάρτη.",
    "Εντάξει",
    "Τα λέμε εκεί!",
  ],
  file: "Χάρτης",
};

/** Always the same digits for the same words. */
export function hex(seed: string, length: number): string {
  let state = 2_166_136_261;
  let out = "";
  for (let at = 0; out.length < length; at += 1) {
    for (const letter of `${seed}${at}`)
      state = Math.imul(state ^ letter.charCodeAt(0), 16_777_619) >>> 0;
    out += state.toString(16).padStart(8, "0");
  }
  return out.slice(0, length);
}

export const account = (name: string) => hex(`account ${name}`, 64) as AccountId;
export const conversationId = (name: string) =>
  hex(`conversation ${name}`, 32) as ConversationId;

export function contact(name: string, more: Partial<Contact> = {}): Contact {
  const id = account(name);
  const fingerprint = id.slice(0, 8).toUpperCase();
  const state = "accepted" as const;
  return {
    ...{ account: id, name, state, verified: false, fingerprint, sameName: false },
    ...more,
  };
}

let places = 1_000;

export function message(
  conversation: ConversationId,
  name: string,
  text: string,
  more: Partial<Message> = {},
): Message {
  places += 1;
  const isMine = more.isMine ?? false;
  return {
    id: hex(`message ${places} ${conversation}`, 32) as MessageId,
    conversation,
    sender: account(name),
    name,
    isMine,
    time: NOW,
    place: places,
    text,
    mentions: [],
    state: isMine ? "read" : "received",
    notice: null,
    reason: null,
    replyTo: null,
    edited: false,
    deleted: false,
    attachment: null,
    reactions: [],
    expiresAt: null,
    deliveredTo: isMine ? 1 : 0,
    readBy: 0,
    pinned: false,
    ...more,
  };
}

export function attachment(
  name: string,
  mediaType: string,
  size: number,
  more: Partial<Attachment> = {},
): Attachment {
  return { name, mediaType, size, state: "done", moved: size, media: {}, ...more };
}

export function conversation(
  title: string,
  more: Partial<Conversation> = {},
): Conversation {
  return {
    id: conversationId(title),
    kind: "direct",
    state: "active",
    title,
    peer: more.kind === "group" ? null : contact(title),
    memberCount: 2,
    isAdmin: true,
    unread: 0,
    mentioned: false,
    timer: 0,
    relay: "7F3A9C",
    lastMessage: null,
    lastActive: NOW,
    muted: false,
    archived: false,
    pinned: false,
    draft: "",
    queued: 0,
    ...more,
  };
}

export function member(name: string, more: Partial<Member> = {}): Member {
  return {
    ...{ account: account(name), name, isMe: false, isAdmin: false },
    ...{ verified: false, devices: 1 },
    ...more,
  };
}

/** A long talk between two or more, of any number of messages, oldest first. */
export function talk(
  id: ConversationId,
  names: readonly string[],
  count: number,
  script: Script,
): Message[] {
  return Array.from({ length: count }, (_, at) => {
    const roll = Number.parseInt(hex(`${id} ${Math.floor(at / 2)}`, 4), 16);
    const isMine = roll % 3 === 0;
    const name = isMine ? script.me : (names[roll % names.length] ?? "");
    const line = script.lines[(roll + at * 7) % script.lines.length] ?? "";
    const time = NOW - (count - at) * 11 * MINUTE;
    return message(id, name, line, { isMine, time, place: at + 1 });
  });
}
