/** The conversation on the screen: the part of its timeline that is loaded. */

import { batch, signal, type Signal } from "@preact/signals";
import type { Event } from "../../client/events.ts";
import type { ConversationId, Message, MessageId } from "../../client/values.ts";
import type { World } from "../world.ts";
import { toast } from "../toasts.ts";
import { firstUnread, join, put, quoteAnew, without } from "./timeline.ts";

const PAGE = 60;

export class OpenTalk {
  readonly id: ConversationId;
  readonly messages: Signal<readonly Message[]> = signal([]);
  readonly hasOlder = signal(false);
  readonly hasNewer = signal(false);
  readonly isLoaded = signal(false);
  /** Above which message the line stands, and how many were unread on opening. */
  readonly unread: Signal<{ from: MessageId | null; count: number }> = signal({
    from: null,
    count: 0,
  });
  readonly #world: World;
  #isLoading = false;
  readonly #end: () => void;

  constructor(world: World, id: ConversationId) {
    this.#world = world;
    this.id = id;
    this.#end = world.listen((event) => {
      this.#take(event);
    });
  }

  close(): void {
    this.#end();
  }

  /** Load the newest messages, or those around one. */
  async load(around: MessageId | null): Promise<void> {
    const edge = around === null ? {} : { around };
    const unread = this.#world.conversations.value.get(this.id)?.unread ?? 0;
    const limit = Math.min(Math.max(PAGE, around === null ? unread + 20 : 0), 400);
    await this.#page(async () => {
      const page = await this.#world.door.history(this.id, edge, limit);
      batch(() => {
        this.messages.value = page.messages;
        this.hasOlder.value = page.hasOlder;
        this.hasNewer.value = page.hasNewer;
        if (!this.isLoaded.value && around === null && unread > 0)
          this.unread.value = {
            from: firstUnread(page.messages, unread),
            count: unread,
          };
        this.isLoaded.value = true;
      });
    });
  }

  async older(): Promise<void> {
    const first = this.messages.value[0];
    if (!first || !this.hasOlder.value) return;
    await this.#page(async () => {
      const page = await this.#world.door.history(this.id, { before: first.id }, PAGE);
      batch(() => {
        this.messages.value = join(this.messages.value, page);
        this.hasOlder.value = page.hasOlder;
      });
    });
  }

  async newer(): Promise<void> {
    const last = this.messages.value.at(-1);
    if (!last || !this.hasNewer.value) return;
    await this.#page(async () => {
      const page = await this.#world.door.history(this.id, { after: last.id }, PAGE);
      batch(() => {
        this.messages.value = join(this.messages.value, page);
        this.hasNewer.value = page.hasNewer;
      });
    });
  }

  /** The line above what was unread has served. */
  dropUnreadLine(): void {
    if (this.unread.value.count > 0) this.unread.value = { from: null, count: 0 };
  }

  async #page(load: () => Promise<void>): Promise<void> {
    if (this.#isLoading) return;
    this.#isLoading = true;
    try {
      await load();
    } catch (error) {
      toast(error);
    } finally {
      this.#isLoading = false;
    }
  }

  #take(event: Event): void {
    if (event.type === "message gone" && event.conversation === this.id)
      this.messages.value = without(this.messages.value, event.message);
    else if (event.type === "message changed") this.#change(event.message);
    else if (event.type === "message received" || event.type === "message sent")
      this.#add(event.message);
  }

  #change(message: Message): void {
    if (message.conversation !== this.id) return;
    const known = this.messages.value;
    const isHere = known.some(({ id }) => id === message.id);
    this.messages.value = quoteAnew(isHere ? put(known, message) : known, message);
  }

  #add(message: Message): void {
    // A gap lies between this part and the newest: it comes with the pages that follow.
    if (message.conversation !== this.id || this.hasNewer.value) return;
    this.messages.value = put(this.messages.value, message);
  }
}
