/** The half of the door behind which people talk: contacts, conversations, messages. */

import type { Extra, Outgoing } from "./door.ts";
import * as inviting from "./inviting.ts";
import * as later from "./later.ts";
import { setLooks } from "./looks.ts";
import * as meeting from "./meeting.ts";
import type { Opened } from "./opening.ts";
import * as reading from "./reading.ts";
import { requestOf } from "./sync/invitations.ts";
import type * as values from "./values.ts";
import * as writing from "./writing.ts";

type Room = values.ConversationId;

/** What an open account lets its person do with others. */
export abstract class Talk {
  /** Do something with the account that is open; rejects with a `DoorError`. */
  protected abstract do<T>(action: (opened: Opened) => Promise<T>): Promise<T>;

  // Links, contacts and requests

  invite(): Promise<string> {
    return this.do(({ hub }) => Promise.resolve(inviting.invite(hub.store)));
  }

  rotateInvite(): Promise<string> {
    return this.do(async ({ hub }) => (await later.owning()).rotate(hub));
  }

  add(link: string, note: string): Promise<values.Conversation> {
    return this.do(({ hub }) => meeting.add(hub, link, note.trim()));
  }

  talk(account: values.AccountId): Promise<values.Conversation> {
    return this.do(({ hub }) => meeting.talk(hub, account));
  }

  requests(): Promise<readonly values.Request[]> {
    return this.do(({ hub: { store } }) =>
      store.db.read(async (tx) => {
        const shown: values.Request[] = [];
        for (const row of await store.conversations.all(tx))
          if (row.state === "request") shown.push(await requestOf(tx, store, row));
        return shown;
      }),
    );
  }

  accept(request: Room): Promise<values.Conversation> {
    return this.do(({ hub }) => meeting.accept(hub, request));
  }

  decline(request: Room): Promise<void> {
    return this.do(async ({ hub }) => (await later.judging()).decline(hub, request));
  }

  block(account: values.AccountId): Promise<void> {
    return this.do(async ({ hub }) => (await later.judging()).block(hub, account));
  }

  unblock(account: values.AccountId): Promise<void> {
    return this.do(async ({ hub }) => (await later.judging()).unblock(hub, account));
  }

  contacts(): Promise<readonly values.Contact[]> {
    return this.do(({ hub }) => meeting.contacts(hub.store));
  }

  safetyNumber(account: values.AccountId): Promise<values.SafetyNumber> {
    return this.do(async ({ hub }) =>
      (await later.judging()).safetyNumberWith(hub, account),
    );
  }

  verify(account: values.AccountId, verified: boolean): Promise<values.Contact> {
    return this.do(async ({ hub }) =>
      (await later.judging()).verify(hub, account, verified),
    );
  }

  // Conversations

  conversations(): Promise<readonly values.Conversation[]> {
    return this.do(({ hub }) => reading.conversations(hub.store));
  }

  conversation(id: Room): Promise<values.Conversation> {
    return this.do(({ hub }) => reading.conversation(hub.store, id));
  }

  members(id: Room): Promise<readonly values.Member[]> {
    return this.do(async ({ hub }) =>
      (await later.searching()).membersOf(hub.store, id),
    );
  }

  newGroup(
    title: string,
    members: readonly values.AccountId[],
  ): Promise<values.Conversation> {
    return this.do(async ({ hub }) =>
      (await later.caring()).newGroup(hub, title, members),
    );
  }

  addMembers(id: Room, members: readonly values.AccountId[]): Promise<void> {
    return this.do(async ({ hub }) =>
      (await later.caring()).addMembers(hub, id, members),
    );
  }

  removeMember(id: Room, member: values.AccountId): Promise<void> {
    return this.do(async ({ hub }) =>
      (await later.caring()).removeMember(hub, id, member),
    );
  }

  setAdmin(id: Room, member: values.AccountId, isAdmin: boolean): Promise<void> {
    return this.do(async ({ hub }) =>
      (await later.caring()).setAdmin(hub, id, member, isAdmin),
    );
  }

  renameGroup(id: Room, title: string): Promise<void> {
    return this.do(async ({ hub }) =>
      (await later.caring()).renameGroup(hub, id, title),
    );
  }

  leave(id: Room): Promise<void> {
    return this.do(async ({ hub }) => (await later.caring()).leave(hub, id));
  }

  setTimer(id: Room, seconds: number): Promise<void> {
    return this.do(async ({ hub }) =>
      (await later.amending()).setTimer(hub, id, seconds),
    );
  }

  move(id: Room, relay: string): Promise<void> {
    return this.do(async ({ hub }) => (await later.caring()).move(hub, id, relay));
  }

  setMuted(id: Room, muted: boolean): Promise<void> {
    return this.do(({ hub }) => setLooks(hub, id, { muted }));
  }

  setArchived(id: Room, archived: boolean): Promise<void> {
    return this.do(({ hub }) => setLooks(hub, id, { archived }));
  }

  setPinned(id: Room, pinned: boolean): Promise<void> {
    return this.do(({ hub }) => setLooks(hub, id, { pinned }));
  }

  setDraft(id: Room, draft: string): Promise<void> {
    return this.do(({ hub }) => setLooks(hub, id, { draft }));
  }

  markRead(id: Room): Promise<void> {
    return this.do(({ hub }) => reading.markRead(hub, id));
  }

  typing(id: Room, isTyping: boolean): Promise<void> {
    return this.do(({ hub }) => writing.typing(hub, id, isTyping));
  }

  forget(id: Room): Promise<void> {
    return this.do(async ({ hub }) => (await later.caring()).forget(hub, id));
  }

  // Messages

  history(id: Room, edge: reading.NamedEdge, limit: number): Promise<values.Page> {
    return this.do(({ hub }) => reading.history(hub.store, id, edge, limit));
  }

  search(
    words: string,
    within: Room | null,
    limit: number,
  ): Promise<readonly values.Found[]> {
    return this.do(async ({ hub }) =>
      (await later.searching()).search(hub.store, words, within, limit),
    );
  }

  pinned(id: Room): Promise<readonly values.Message[]> {
    return this.do(async ({ hub }) => (await later.searching()).pinned(hub.store, id));
  }

  send(id: Room, text: string, extra: Extra): Promise<values.Message> {
    return this.do(({ hub }) => writing.send(hub, id, text, extra));
  }

  sendFile(
    id: Room,
    outgoing: Outgoing,
    text: string,
    extra: Extra,
  ): Promise<values.Message> {
    return this.do(async ({ hub }) =>
      (await later.sharing()).sendFile(hub, id, outgoing, text, extra),
    );
  }

  fetchFile(id: Room, message: values.MessageId, isUnasked?: boolean): Promise<Blob> {
    return this.do(async ({ hub }) =>
      (await later.sharing()).fetchFile(hub, id, message, isUnasked),
    );
  }

  cancelFile(id: Room, message: values.MessageId): Promise<void> {
    return this.do(async ({ hub }) =>
      (await later.sharing()).cancelFile(hub, id, message),
    );
  }

  edit(id: Room, message: values.MessageId, text: string): Promise<values.Message> {
    return this.do(async ({ hub }) =>
      (await later.amending()).edit(hub, id, message, text),
    );
  }

  remove(id: Room, message: values.MessageId): Promise<values.Message> {
    return this.do(async ({ hub }) =>
      (await later.amending()).remove(hub, id, message),
    );
  }

  react(id: Room, message: values.MessageId, emoji: string): Promise<values.Message> {
    return this.do(async ({ hub }) =>
      (await later.amending()).react(hub, id, message, emoji),
    );
  }

  retry(id: Room, message: values.MessageId): Promise<values.Message> {
    return this.do(({ hub }) => writing.retry(hub, id, message));
  }

  pinMessage(id: Room, message: values.MessageId, pinned: boolean): Promise<void> {
    return this.do(async ({ hub }) =>
      (await later.caring()).pinMessage(hub, id, message, pinned),
    );
  }
}
