/**
 * Somebody whose client checks nothing of what it sends: whatever it is told to say goes
 * out in real MLS messages through a real relay, as it would from an attacker's software.
 */

import { type Bytes, fromHex } from "../../src/bytes.ts";
import { Client } from "../../src/client/account.ts";
import type { Conversation as Machine } from "../../src/client/core/conversation.ts";
import { encodeContent, newContent } from "../../src/client/core/content.ts";
import { seal } from "../../src/client/core/envelope.ts";
import { type FileRef, filePart, textPart } from "../../src/client/core/meaning.ts";
import type { Part } from "../../src/client/core/parts.ts";
import { entropy } from "../../src/client/store/database.ts";
import { unpackFile } from "../../src/client/store/transfers.ts";
import type { Followed } from "../../src/client/sync/followed.ts";
import type { Saying } from "../../src/client/sync/hub.ts";
import type {
  AccountId,
  Conversation,
  ConversationId,
  MessageId,
} from "../../src/client/values.ts";
import { habitat } from "../stories/people.ts";

const PATIENCE_MS = 60_000;
let disks = 0;

export class Enemy extends Client {
  /** Somebody with an account at the relay of a pass. */
  static async begin(name: string, pass: string): Promise<Enemy> {
    const enemy = new Enemy(habitat(`enemy ${(disks += 1)}`));
    await enemy.create({ name, pass, passphrase: "" });
    await enemy.settle(PATIENCE_MS);
    return enemy;
  }

  /** Wait until something is so, looking whenever anything happens. */
  async sees<T>(what: string, look: () => Promise<T | undefined>): Promise<T> {
    const end = Date.now() + PATIENCE_MS;
    for (;;) {
      const found = await look();
      if (found !== undefined) return found;
      if (Date.now() > end) throw new Error(`Nobody ever saw ${what}.`);
      await new Promise<void>((resolve) => {
        const done = (): void => {
          clearTimeout(timer);
          silence();
          resolve();
        };
        // What is asked may change without an event; so it is looked at now and then.
        const timer = setTimeout(done, 500);
        const silence = this.listen(done);
      });
    }
  }

  /** The conversation of a title that is open to writing. */
  chat(title: string): Promise<Conversation> {
    return this.sees(`a conversation with ${title}`, async () =>
      (await this.conversations()).find(
        (one) => one.title === title && one.state === "active",
      ),
    );
  }

  /** The account of a contact who has accepted. */
  contact(name: string): Promise<AccountId> {
    return this.sees(
      `that ${name} accepted`,
      async () =>
        (await this.contacts()).find(
          (one) => one.name === name && one.state === "accepted",
        )?.account,
    );
  }

  /** A message by its text: its id, and its name in MIMI. */
  message(
    chat: ConversationId,
    text: string,
  ): Promise<{ id: MessageId; mimi: Bytes; sender: AccountId }> {
    return this.sees(`a message ${text}`, async () => {
      const { messages } = await this.history(chat, {}, 100);
      const found = messages.find((one) => one.text === text);
      if (!found) return undefined;
      const { id, sender } = found;
      const mimi = await this.do(({ hub: { store } }) =>
        store.db.read(
          async (tx) =>
            (await store.messages.find(tx, fromHex(chat), fromHex(id)))?.mimi,
        ),
      );
      return mimi && { id, mimi, sender };
    });
  }

  /** Say anything, and nothing of it to oneself. */
  say(chat: ConversationId, part: Part, saying: Saying = {}): Promise<void> {
    return this.sayAll(chat, [[part, saying]]);
  }

  /** Say many things at once. */
  async sayAll(
    chat: ConversationId,
    all: readonly (readonly [part: Part, saying?: Saying])[],
  ): Promise<void> {
    await this.do(({ hub }) =>
      hub.store.db.write(async (tx) => {
        for (const [part, saying] of all)
          await hub.compose(tx, fromHex(chat), part, saying);
      }),
    );
    await this.settle(PATIENCE_MS);
  }

  /** Put a file on the relay, and say of it what it is not. */
  async sayFile(
    chat: ConversationId,
    data: BlobPart,
    lies: Partial<FileRef>,
    saying: Saying = {},
    text = "",
  ): Promise<void> {
    const file = new Blob([data]);
    const plain = { name: "plain", mediaType: "application/octet-stream", media: {} };
    const message = await this.sendFile(chat, { file, ...plain }, "", {});
    await this.settle(PATIENCE_MS);
    const stored = await this.do(({ hub: { store } }) =>
      store.db.read((tx) =>
        store.messages.find(tx, fromHex(chat), fromHex(message.id)),
      ),
    );
    if (!stored?.attachment) throw new Error("The file was not sent.");
    await this.remove(chat, message.id);
    const { file: told } = unpackFile(stored.attachment);
    await this.say(chat, filePart({ ...told, ...lies }, text), saying);
  }

  /** Send whatever bytes, sealed as only a member can. */
  async sendRaw(
    chat: ConversationId,
    make: (machine: Machine) => Promise<Bytes>,
  ): Promise<void> {
    await this.do(async ({ hub }) => {
      const { store } = hub;
      const id = fromHex(chat);
      const follower = hub.followers.get(chat) as unknown as Followed;
      const machine = await follower.machine();
      const envelope = entropy(16);
      const place = { stream: machine.info.stream, envelope };
      const sealed = seal(machine.keys, place, await make(machine), entropy);
      await store.db.write(async (tx) => {
        // When it comes back, one's own client must find something it can read.
        const content = encodeContent(newContent(entropy(16), textPart("raw")));
        await store.outbox.add(tx, id, envelope, content);
        const row = await store.outbox.find(tx, id, envelope);
        if (row) await store.outbox.seal(tx, row, machine.keys.epoch, sealed);
      });
      hub.wake(id);
    });
    await this.settle(PATIENCE_MS);
  }
}
