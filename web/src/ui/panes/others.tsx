/** Panes that are not needed at first: each is fetched when it is. */

import type { ComponentType } from "preact";
import { worded } from "../../i18n/index.ts";
import { lazy } from "../parts/frame.tsx";
import type { Pane } from "../route.ts";

const settings = () => worded(import("./settings.tsx"));
const devices = () => worded(import("./devices.tsx"));
const groups = () => worded(import("./new.tsx"));

const PANES: Readonly<Record<Exclude<Pane, "chats" | "archive">, ComponentType>> = {
  requests: lazy(async () => (await import("./requests.tsx")).RequestsPane),
  new: lazy(async () => (await groups()).NewPane),
  group: lazy(async () => (await groups()).NewGroupPane),
  add: lazy(async () => (await import("./add.tsx")).AddPane),
  invite: lazy(async () => (await import("./invite.tsx")).InvitePane),
  settings: lazy(async () => (await settings()).SettingsPane),
  profile: lazy(async () => (await settings()).ProfilePane),
  privacy: lazy(async () => (await settings()).PrivacyPane),
  look: lazy(async () => (await settings()).LookPane),
  passphrase: lazy(async () => (await settings()).PassphrasePane),
  devices: lazy(async () => (await devices()).DevicesPane),
  link: lazy(async () => (await devices()).LinkPane),
  backup: lazy(async () => (await worded(import("./backup.tsx"))).BackupPane),
  connection: lazy(
    async () => (await worded(import("./connection.tsx"))).ConnectionPane,
  ),
  about: lazy(async () => (await worded(import("./release.tsx"))).AboutPane),
  erase: lazy(async () => (await worded(import("./erase.tsx"))).ErasePane),
};

export function OtherPane({ pane }: { pane: Pane }) {
  if (pane === "chats" || pane === "archive") return null;
  const Chosen = PANES[pane];
  return <Chosen />;
}
