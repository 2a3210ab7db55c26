/** Panes that are not needed at first, in one piece that is fetched when one is. */

import type { Pane } from "../route.ts";
import { AddPane } from "./add.tsx";
import { BackupPane } from "./backup.tsx";
import { ConnectionPane } from "./connection.tsx";
import { DevicesPane, LinkPane } from "./devices.tsx";
import { ErasePane } from "./erase.tsx";
import { InvitePane } from "./invite.tsx";
import { NewGroupPane, NewPane } from "./new.tsx";
import { AboutPane } from "./release.tsx";
import { RequestsPane } from "./requests.tsx";
import {
  LookPane,
  PassphrasePane,
  PrivacyPane,
  ProfilePane,
  SettingsPane,
} from "./settings.tsx";

const PANES = {
  requests: RequestsPane,
  new: NewPane,
  group: NewGroupPane,
  add: AddPane,
  invite: InvitePane,
  settings: SettingsPane,
  profile: ProfilePane,
  privacy: PrivacyPane,
  look: LookPane,
  passphrase: PassphrasePane,
  devices: DevicesPane,
  link: LinkPane,
  backup: BackupPane,
  connection: ConnectionPane,
  about: AboutPane,
  erase: ErasePane,
} as const;

export function OtherPane({ pane }: { pane: Pane }) {
  if (pane === "chats" || pane === "archive") return null;
  const Chosen = PANES[pane];
  return <Chosen />;
}
