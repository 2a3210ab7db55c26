/** What the person is about to do in the open conversation. */

import { signal, type Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { Outgoing } from "../../client/door.ts";
import type {
  ConversationId,
  Member,
  Message,
  MessageId,
} from "../../client/values.ts";
import type { ListPort } from "../list/virtual.tsx";
import type { World } from "../world.ts";
import { OpenTalk } from "./open.ts";

/** A file that waits beside the composer, with what it looks like. */
export interface Waiting {
  readonly key: number;
  readonly outgoing: Outgoing;
  readonly address: string | null;
}

export interface MenuPlace {
  readonly message: Message;
  readonly x: number;
  readonly y: number;
}

export class Desk {
  readonly id: ConversationId;
  readonly open: OpenTalk;
  readonly answers: Signal<Message | null> = signal(null);
  readonly editing: Signal<Message | null> = signal(null);
  readonly files: Signal<readonly Waiting[]> = signal([]);
  readonly menu: Signal<MenuPlace | null> = signal(null);
  /** The picture or video that fills the screen. */
  readonly viewed: Signal<Message | null> = signal(null);
  readonly selectable: Signal<MessageId | null> = signal(null);
  readonly members: Signal<readonly Member[]> = signal([]);
  /** The message that was jumped to, marked for a moment. */
  readonly marked: Signal<MessageId | null> = signal(null);
  readonly list: { current: ListPort | null } = { current: null };
  readonly box: { current: HTMLTextAreaElement | null } = { current: null };

  constructor(world: World, id: ConversationId) {
    this.id = id;
    this.open = new OpenTalk(world, id);
  }

  /** Bring a message into sight, loading the part of the timeline around it if need be. */
  async jump(to: MessageId): Promise<void> {
    const isHere = () => this.open.messages.value.some(({ id }) => id === to);
    if (!isHere()) await this.open.load(to);
    if (!isHere()) return;
    this.marked.value = to;
    setTimeout(() => {
      this.list.current?.show(to, "middle");
    });
    setTimeout(() => {
      if (this.marked.value === to) this.marked.value = null;
    }, 1_800);
  }

  answer(message: Message): void {
    this.editing.value = null;
    this.answers.value = message;
    this.box.current?.focus();
  }

  edit(message: Message): void {
    this.answers.value = null;
    this.editing.value = message;
    this.box.current?.focus();
  }

  /** Take the files that lie ready. */
  takeFiles(): Waiting[] {
    const files = [...this.files.value];
    this.files.value = [];
    return files;
  }

  /** Lay files ready again that could not be sent. */
  layBack(files: readonly Waiting[]): void {
    this.files.value = [...files, ...this.files.value];
  }

  drop(file: Waiting): void {
    if (file.address !== null) URL.revokeObjectURL(file.address);
    this.files.value = this.files.value.filter(({ key }) => key !== file.key);
  }

  close(): void {
    this.open.close();
    for (const file of this.files.value) this.drop(file);
  }
}

const DeskContext = createContext<Desk | null>(null);
export const DeskProvider = DeskContext.Provider;

/** The desk of the conversation this is drawn in. */
export function useDesk(): Desk {
  const desk = useContext(DeskContext);
  if (!desk) throw new Error("A part of a conversation stands outside of one.");
  return desk;
}
