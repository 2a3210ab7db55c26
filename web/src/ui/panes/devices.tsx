/** Devices of this account: list, link one more, remove one. */

import { useEffect, useState } from "preact/hooks";
import { t, told } from "../../i18n/index.ts";
import { copy } from "../clipboard.ts";
import { dateOnly } from "../../i18n/figures.ts";
import type { Device } from "../../client/values.ts";
import { Button, IconButton, Row } from "../parts/button.tsx";
import { ask } from "../parts/dialog.tsx";
import { Column, Section, Waiting } from "../parts/frame.tsx";
import { Icon } from "../parts/icon.tsx";
import { Qr } from "../parts/qr.tsx";
import { plainName } from "../text/bidi.ts";
import { asAddress } from "../text/paste.ts";
import { back, go } from "../route.ts";
import { useWorld } from "../world.ts";
import { LinkProgress } from "./link-progress.tsx";
import "../style/panes.css";

export function DevicesPane() {
  const world = useWorld();
  return (
    <Column
      title={t("devices.title")}
      onBack={() => {
        back({ pane: "settings" });
      }}
    >
      <p class="note">{t("devices.note")}</p>
      <Section>
        {world.devices.value.map((device) => (
          <DeviceRow key={device.id} device={device} />
        ))}
      </Section>
      <Section>
        <Row
          icon="plus"
          title={t("devices.link")}
          onClick={() => {
            go({ pane: "link" });
          }}
          leads
        />
      </Section>
    </Column>
  );
}

function DeviceRow({ device }: { device: Device }) {
  const world = useWorld();
  const name = plainName(device.name);
  return (
    <div class="row">
      <span class="row-icon">
        <Icon name="device" size={22} />
      </span>
      <span class="row-body">
        <span class="row-title">
          <bdi>{name}</bdi>
        </span>
        <span class="row-sub">
          {device.isThis
            ? t("devices.this")
            : t("devices.since", { date: dateOnly(device.linkedAt) })}
        </span>
      </span>
      {!device.isThis && (
        <IconButton
          icon="trash"
          label={t("devices.remove", { name })}
          onClick={() => {
            ask({
              title: t("devices.remove.ask", { name }),
              text: t("devices.remove.text"),
              yes: t("devices.remove.do"),
              isBad: true,
              then: () => {
                world.attempt((door) => door.removeDevice(device.id));
              },
            });
          }}
        />
      )}
    </div>
  );
}

export function LinkPane() {
  const world = useWorld();
  const [link, setLink] = useState<string | null>(null);
  const [isConfirmed, setIsConfirmed] = useState(false);
  const linking = world.linking.value;
  useEffect(() => {
    world.linking.value = null;
    world.attempt((door) => door.link(), setLink);
    return () => {
      if (world.linking.value?.state !== "done")
        world.attempt((door) => door.cancelLink());
      world.linking.value = null;
    };
  }, []);
  const leave = () => {
    back({ pane: "devices" });
  };
  return (
    <Column title={t("devices.link")} onBack={leave}>
      {linking?.state === "done" ? (
        <div class="stack centred">
          <Icon name="check" size={48} />
          <p>{t("link.done")}</p>
          <Button kind="main" label={t("nav.done")} onClick={leave} />
        </div>
      ) : linking?.code && !isConfirmed ? (
        <div class="stack centred">
          <p>{t("link.confirm", { device: plainName(linking.device) })}</p>
          <p class="code" dir="ltr">
            {linking.code}
          </p>
          <Button
            kind="main"
            label={t("link.same")}
            onClick={() => {
              setIsConfirmed(true);
              world.attempt((door) => door.confirmLink(linking.code));
            }}
          />
          <Button kind="bad" label={t("link.differ")} onClick={leave} />
        </div>
      ) : linking && isConfirmed ? (
        <LinkProgress />
      ) : link === null ? (
        <Waiting />
      ) : (
        <ShowLink link={link} />
      )}
      {linking?.state === "failed" && (
        <p class="field-error" role="alert">
          {linking.reason ? told(linking.reason) : t("link.failed")}
        </p>
      )}
    </Column>
  );
}

function ShowLink({ link }: { link: string }) {
  const address = asAddress(link, new URL(location.href));
  return (
    <>
      <div class="invite-card">
        <Qr text={address} label={t("link.qr")} />
        <p class="note">{t("link.how")}</p>
      </div>
      <div class="stack">
        <Button
          icon="copy"
          label={t("invite.copy")}
          onClick={() => {
            void copy(address);
          }}
        />
      </div>
      <p class="note strong">{t("link.secret")}</p>
    </>
  );
}
