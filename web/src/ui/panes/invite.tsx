/** The link by which others reach this account: as a code, a text, a file. */

import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { copy } from "../clipboard.ts";
import { Button, Row } from "../parts/button.tsx";
import { ask } from "../parts/dialog.tsx";
import { Column, Section, Waiting } from "../parts/frame.tsx";
import { Avatar } from "../parts/avatar.tsx";
import { Qr } from "../parts/qr.tsx";
import { saveBlob } from "../media/save.ts";
import { plainName } from "../text/bidi.ts";
import { asAddress } from "../text/paste.ts";
import { back } from "../route.ts";
import { toast } from "../toasts.ts";
import { RequestCards } from "./requests.tsx";
import { useWorld, type World } from "../world.ts";
import "../style/panes.css";

export function InvitePane() {
  const world = useWorld();
  const [link, setLink] = useState<string | null>(null);
  useEffect(() => {
    world.attempt((door) => door.invite(), setLink);
  }, []);
  const address = link === null ? "" : asAddress(link, new URL(location.href));
  const profile = world.profile.value;
  return (
    <Column
      title={t("invite.title")}
      onBack={() => {
        back();
      }}
    >
      {link === null || !profile ? (
        <Waiting />
      ) : (
        <>
          <RequestCards />
          <div class="invite-card">
            <Avatar name={profile.name} of={profile.account} size="l" />
            <bdi class="invite-name">{plainName(profile.name)}</bdi>
            <Qr text={address} label={t("invite.qr")} />
            <p class="note">{t("invite.how")}</p>
          </div>
          <Sharing address={address} />
          <OtherWays link={link} onRotated={setLink} />
        </>
      )}
    </Column>
  );
}

function Sharing({ address }: { address: string }) {
  return (
    <div class="stack">
      <Button
        kind="main"
        icon="copy"
        label={t("invite.copy")}
        onClick={() => {
          void copy(address);
        }}
      />
      {"share" in navigator && (
        <Button
          icon="share"
          label={t("invite.share")}
          onClick={() => {
            void share(address);
          }}
        />
      )}
    </div>
  );
}

/** The link for terminals, as a file, and a new one in place of it. */
function OtherWays(props: { link: string; onRotated: (link: string) => void }) {
  const { link, onRotated } = props;
  const world = useWorld();
  const name = plainName(world.profile.value?.name ?? "");
  return (
    <Section note={t("invite.rotate.note")}>
      <Row
        icon="link"
        title={t("invite.copy.raw")}
        sub={t("invite.copy.raw.sub")}
        onClick={() => {
          void copy(link);
        }}
      />
      <Row
        icon="file"
        title={t("invite.file")}
        onClick={() => {
          saveBlob(new Blob([link]), `${name}.linnet`);
        }}
      />
      <Row
        icon="retry"
        title={t("invite.rotate")}
        onClick={() => {
          askToRotate(world, onRotated);
        }}
      />
    </Section>
  );
}

function askToRotate(world: World, onRotated: (link: string) => void): void {
  ask({
    title: t("invite.rotate.ask"),
    text: t("invite.rotate.text"),
    yes: t("invite.rotate"),
    then: () => {
      world.attempt(
        (door) => door.rotateInvite(),
        (changed) => {
          onRotated(changed);
          toast(t("invite.rotated"));
        },
      );
    },
  });
}

async function share(address: string): Promise<void> {
  try {
    await navigator.share({ url: address });
  } catch {
    // Whoever closes the system's sheet has decided not to share: nothing to say.
  }
}
