/** One conversation with one of everything, and one with what an enemy would send. */

import { say as sentence } from "../../src/sentences/index.ts";
import type { Conversation, Message, Notice } from "../../src/client/values.ts";
import {
  account,
  attachment,
  conversation,
  contact,
  member,
  message,
  NOW,
  ODD,
  type Script,
} from "./sample.ts";
import type { Scene } from "./scripted.ts";

export const EVERYTHING = "Everything";
export const HOSTILE = "Hostile";

const MINUTE = 60_000;

export function odditiesIn(scene: Scene, script: Script): void {
  everything(scene, script);
  hostile(scene, script);
}

function titleOf(script: Script, latin: string, odd: string): string {
  return script === ODD ? odd : latin;
}

export const everythingTitle = (script: Script) => titleOf(script, EVERYTHING, "Όλα");
export const hostileTitle = (script: Script) => titleOf(script, HOSTILE, "Εχθρός");

function everything(scene: Scene, script: Script): void {
  const [one = "", two = "", three = ""] = script.names;
  const title = everythingTitle(script);
  const chat = conversation(title, { kind: "group", memberCount: 4, timer: 604_800 });
  const line = (at: number) => script.lines[at % script.lines.length] ?? "";
  let place = 0;
  const say = (name: string, text: string, more: Partial<Message> = {}): Message => {
    place += 1;
    const isMine = name === script.me;
    const time = NOW - (40 - place) * MINUTE - (place < 6 ? 86_400_000 : 0);
    return message(chat.id, name, text, { isMine, place, time, ...more });
  };
  const note = (kind: Notice["kind"], names: readonly string[] = [], detail = "") =>
    say(one, "", { notice: { kind, names, detail } });
  const reaction = (name: string, emoji: string) => ({
    ...{ account: account(name), name, emoji, isMine: name === script.me },
  });
  const file = (name: string) => (script === ODD ? script.file : name);
  const asked = say(two, line(2));
  const answered = say(script.me, line(1), {
    replyTo: {
      id: asked.id,
      name: two,
      text: asked.text,
      isMine: false,
      deleted: false,
    },
    reactions: [reaction(one, "❤️"), reaction(two, "❤️"), reaction(script.me, "👍")],
  });
  const named = `@${three} ${line(0)}`;
  const messages = [
    note("created"),
    note("added", script.names.slice(0, 5)),
    asked,
    answered,
    say(three, line(4), { reactions: [reaction(script.me, "🎉")] }),
    say(three, line(6)),
    note("timer", [], "604800"),
    say(one, "", {
      attachment: attachment(file("river.jpg"), "image/jpeg", 240_000, {
        media: { width: 1600, height: 1066 },
      }),
    }),
    say(script.me, line(13), {
      attachment: attachment(file("snow.webp"), "image/webp", 180_000, {
        media: { width: 900, height: 1200 },
      }),
      state: "delivered",
      deliveredTo: 3,
      readBy: 1,
    }),
    say(two, "", {
      attachment: attachment(file("Voice"), "audio/ogg", 42_000, {
        media: {
          duration: 23_400,
          wave: Uint8Array.from({ length: 64 }, (_, at) =>
            Math.abs(Math.round(Math.sin(at / 3) * 140 + Math.sin(at) * 90)),
          ),
        },
      }),
    }),
    say(script.me, "", {
      attachment: attachment(file("Trail map.pdf"), "application/pdf", 1_900_000),
      state: "read",
    }),
    say(one, "", {
      attachment: attachment(file("flight.mp4"), "video/mp4", 14_000_000, {
        media: { width: 1280, height: 720, duration: 14_000 },
      }),
    }),
    say(script.me, line(1), {
      attachment: attachment(file("Recordings.zip"), "application/zip", 48_000_000, {
        state: "moving",
        moved: 17_000_000,
      }),
      state: "queued",
    }),
    say(three, "", { deleted: true }),
    say(one, named, {
      mentions: [
        { start: 0, length: Array.from(three).length + 1, account: account(three) },
      ],
    }),
    say(two, line(5), { edited: true, pinned: true, expiresAt: NOW + 5 * 86_400_000 }),
    say(two, "🐦✨"),
    note("admin made", [two]),
    note("new device", [], ""),
    note("rewound", [], "3"),
    say(script.me, line(7), { state: "on the relay" }),
    say(script.me, line(3), { state: "queued" }),
    say(script.me, line(0), {
      state: "failed",
      reason: sentence("refusal 12"),
    }),
  ];
  scene.members.set(chat.id, [
    member(script.me, { isMe: true, isAdmin: true }),
    ...[one, two, three].map((name) => member(name)),
  ]);
  put(scene, chat, messages);
}

function hostile(scene: Scene, script: Script): void {
  const title = hostileTitle(script);
  const forged = script === ODD ? "Ίλια Μάρκου\u202eξγα" : "Ilya\u202e okneh\u0000craM";
  const peer = contact(forged, { sameName: true });
  const chat = conversation(title, { peer, title: forged });
  const word = script === ODD ? "ω" : "W";
  const texts = [
    script === ODD
      ? "<β>έντονο</β>"
      : "<img src=x onerror=alert(1)><script>alert(2)</script><b>bold</b>",
    script === ODD
      ? "\u202eαντίστροφα\u202c"
      : "photo\u202egpj.exe and back \u2066nested",
    word.repeat(100_000),
    `${script === ODD ? "α" : "a"}${"\u0301".repeat(300)}`,
    script === ODD
      ? "γραμμή\n".repeat(400)
      : "javascript:alert(1) https://user:secret@evil.example/ https://аррӏе.com/login data:text/html,x",
    script === ODD ? "γραμμή" : "line\n".repeat(400),
  ];
  const messages = texts.map((text, at) =>
    message(chat.id, forged, text, { place: at + 1, time: NOW - (20 - at) * MINUTE }),
  );
  messages.push(
    message(chat.id, forged, "", {
      place: 50,
      attachment: attachment(
        script === ODD ? "βόμβα" : "bomb\u202egpj.png",
        "image/png",
        9_000,
        { media: { width: 60_000, height: 60_000 } },
      ),
    }),
  );
  put(scene, chat, messages);
  const bomb = messages.at(-1);
  if (bomb) scene.files.set(bomb.id, new Blob([bombPicture()]));
}

/** A PNG's head that claims sixty thousand pixels each way. */
export function bombPicture(): Uint8Array<ArrayBuffer> {
  const head = [0x89, 0x50, 0x4e, 0x47, 13, 10, 26, 10, 0, 0, 0, 13, 73, 72, 68, 82];
  const size = [0, 0, 0xea, 0x60];
  return Uint8Array.from([...head, ...size, ...size, 8, 6, 0, 0, 0]);
}

function put(scene: Scene, chat: Conversation, messages: Message[]): void {
  const last = messages.at(-1) ?? null;
  const whole = { ...chat, lastMessage: last, lastActive: NOW };
  scene.conversations.set(chat.id, whole);
  scene.messages.set(chat.id, messages);
}
