/** All tables of one open account, and what the account is. */

import type { Bytes } from "../../bytes.ts";
import { AccountTable, type Profile } from "./accounts.ts";
import { ContactTable } from "./contacts.ts";
import { ConversationTable } from "./conversations.ts";
import type { Database } from "./database.ts";
import { DeviceTable } from "./devices.ts";
import { GroupTable } from "./groups.ts";
import { LogTable } from "./log.ts";
import { MemberTable } from "./members.ts";
import { MessageTable } from "./messages.ts";
import { OutboxTable } from "./outbox.ts";
import { PackageTable } from "./packages.ts";
import { PostTable } from "./posts.ts";
import { ReactionTable } from "./reactions.ts";
import { SentTable } from "./sent.ts";
import { SharedRoadTable } from "./shared-roads.ts";
import { summarize } from "./summaries.ts";
import { TransferTable } from "./transfers.ts";
import { MessageViews } from "./views.ts";
import { WantTable } from "./wants.ts";

/** The tables of an account; every change goes through `db.write`. */
export interface Store {
  readonly db: Database;
  readonly me: Bytes;
  readonly account: AccountTable;
  readonly packages: PackageTable;
  readonly contacts: ContactTable;
  readonly conversations: ConversationTable;
  readonly groups: GroupTable;
  readonly members: MemberTable;
  readonly wants: WantTable;
  readonly log: LogTable;
  readonly messages: MessageTable;
  readonly views: MessageViews;
  readonly outbox: OutboxTable;
  readonly posts: PostTable;
  readonly transfers: TransferTable;
  readonly reactions: ReactionTable;
  readonly sent: SentTable;
  readonly devices: DeviceTable;
  readonly sharedRoads: SharedRoadTable;
  /** What the account is and may, as it was last committed. */
  readonly profile: Profile;
}

/** Put the tables of a database that holds an account together. Throws `StorageError`. */
export async function openStore(db: Database): Promise<Store> {
  const account = new AccountTable();
  await db.read((tx) => account.load(tx));
  const me = account.profile.account.key;
  const conversations = new ConversationTable();
  const [contacts, members, wants] = [
    new ContactTable(),
    new MemberTable(),
    new WantTable(),
  ];
  const [log, outbox, transfers] = [
    new LogTable(),
    new OutboxTable(),
    new TransferTable(),
  ];
  const sharedRoads = new SharedRoadTable(contacts);
  await db.read(async (tx) => {
    await contacts.load(tx);
    await sharedRoads.load(tx);
  });
  const messages = new MessageTable(me, conversations);
  db.settled.push((tx, id) => summarize(tx, id, conversations, outbox));
  return {
    db,
    me,
    account,
    packages: new PackageTable(),
    contacts,
    conversations,
    groups: new GroupTable(me, { conversations, members, log, wants }),
    members,
    wants,
    log,
    messages,
    views: new MessageViews({
      me,
      contacts,
      conversations,
      members,
      messages,
      transfers,
    }),
    outbox,
    posts: new PostTable(),
    transfers,
    reactions: new ReactionTable(messages),
    sent: new SentTable(),
    devices: new DeviceTable(),
    sharedRoads,
    get profile() {
      return account.profile;
    },
  };
}
