/** Settings: who one is, what others learn, how it looks, and what protects it. */

import { useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import type { Preferences } from "../../client/values.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Button, Choice, Row, Switch } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { Column, Section } from "../parts/frame.tsx";
import { mayNotify } from "../notify.ts";
import { plainName } from "../text/bidi.ts";
import { back, go, type Pane } from "../route.ts";
import { toast } from "../toasts.ts";
import { useWorld } from "../world.ts";
import { beLeft, isWoken } from "../waking.ts";
import { LanguageChoice, wear } from "./look.tsx";
import { Waking } from "./waking.tsx";
import { useBeginning } from "./welcome.tsx";
import "../style/panes.css";

const toSettings = () => {
  back({ pane: "settings" });
};

export function SettingsPane() {
  const world = useWorld();
  const profile = world.profile.value;
  const row = (
    icon: Parameters<typeof Row>[0]["icon"],
    pane: Pane,
    title: string,
    sub?: string,
  ) => (
    <Row
      {...(icon ? { icon } : {})}
      title={title}
      {...(sub === undefined ? {} : { sub })}
      onClick={() => {
        go({ pane });
      }}
      leads
    />
  );
  if (!profile) return null;
  return (
    <Column
      title={t("settings.title")}
      onBack={() => {
        back();
      }}
    >
      <button
        type="button"
        class="me"
        onClick={() => {
          go({ pane: "profile" });
        }}
      >
        <Avatar name={profile.name} of={profile.account} size="xl" />
        <bdi class="me-name">{plainName(profile.name)}</bdi>
        <span class="fingerprint">
          {t("contact.fingerprint", { digits: profile.fingerprint })}
        </span>
      </button>
      <Section>
        {row("qr", "invite", t("invite.title"))}
        {row("eye", "privacy", t("privacy.title"), t("privacy.sub"))}
        {row("sun", "look", t("look.title"))}
      </Section>
      <Section>
        {row("device", "devices", t("devices.title"), t("devices.sub"))}
        {row("save", "backup", t("backup.title"))}
        {row(
          "lock",
          "passphrase",
          t("passphrase.title"),
          t(profile.hasPassphrase ? "passphrase.on" : "passphrase.off"),
        )}
      </Section>
      <Section>
        {row(
          "signal",
          "connection",
          t("connection.title"),
          connectionWords(world.status.value),
        )}
        {row("info", "about", t("about.title"))}
      </Section>
      <Section>
        {profile.hasPassphrase && (
          <Row
            icon="lock"
            title={t("lock.now")}
            onClick={() => {
              world.attempt((door) => door.lock());
            }}
          />
        )}
        <Row
          icon="trash"
          title={t("erase.title")}
          isBad
          onClick={() => {
            go({ pane: "erase" });
          }}
        />
      </Section>
    </Column>
  );
}

function connectionWords(
  status: { connected: boolean; queued: number } | null,
): string {
  if (!status) return t("nav.loading");
  if (!status.connected) return t("connection.off");
  return status.queued > 0
    ? t("connection.queued", { count: status.queued })
    : t("connection.on");
}

export function ProfilePane() {
  const world = useWorld();
  const profile = world.profile.value;
  const [name, setName] = useState(profile?.name ?? "");
  const { isBusy, error, begin } = useBeginning();
  if (!profile) return null;
  return (
    <Column title={t("profile.title")} onBack={toSettings}>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          begin(async (door) => {
            await door.rename(name.trim());
            toast(t("profile.saved"));
          });
        }}
      >
        <Field
          label={t("welcome.name")}
          value={name}
          onInput={setName}
          hint={t("profile.hint")}
          error={error}
          most={64}
        />
        <Button
          kind="main"
          submits
          isBusy={isBusy}
          disabled={name.trim() === "" || name.trim() === profile.name}
          label={t("profile.save")}
        />
      </form>
      <Section title={t("profile.key")} note={t("profile.key.note")}>
        <p class="key" dir="ltr">
          {profile.account.match(/.{8}/g)?.join(" ")}
        </p>
      </Section>
    </Column>
  );
}

/** The preferences, and a change of one. */
function usePreferences(): [
  Preferences | null,
  (changed: Partial<Preferences>) => void,
] {
  const world = useWorld();
  const change = (changed: Partial<Preferences>) => {
    world.attempt(
      (door) => door.setPreferences(changed),
      (preferences) => {
        world.preferences.value = preferences;
      },
    );
  };
  return [world.preferences.value, change];
}

export function PrivacyPane() {
  const world = useWorld();
  const [preferences, change] = usePreferences();
  if (!preferences) return null;
  const item = (
    key: "deliveryReceipts" | "readReceipts" | "typing" | "notificationText",
  ) => (
    <Switch
      label={t(`privacy.${key}`)}
      sub={t(`privacy.${key}.sub`)}
      on={preferences[key]}
      onChange={(on) => {
        change({ [key]: on });
      }}
    />
  );
  return (
    <Column title={t("privacy.title")} onBack={toSettings}>
      <Section title={t("privacy.others")} note={t("privacy.others.note")}>
        {item("deliveryReceipts")}
        {item("readReceipts")}
        {item("typing")}
      </Section>
      <Section
        title={t("privacy.notifications")}
        {...(preferences.notifications ? { note: t("privacy.push.note") } : {})}
      >
        <Switch
          label={t("privacy.notify")}
          sub={t("privacy.notify.sub")}
          on={preferences.notifications}
          onChange={(on) => {
            if (!on) {
              change({ notifications: false });
              if (isWoken.value) world.attempt(beLeft);
            } else
              mayNotify().then((isAllowed) => {
                if (isAllowed) change({ notifications: true });
                else toast(t("privacy.notify.denied"));
              }, toast);
          }}
        />
        {preferences.notifications && item("notificationText")}
        {preferences.notifications && <Waking />}
      </Section>
    </Column>
  );
}

export function LookPane() {
  const [preferences, change] = usePreferences();
  if (!preferences) return null;
  const { theme, language } = preferences;
  return (
    <Column title={t("look.title")} onBack={toSettings}>
      <Section>
        <Choice
          label={t("look.theme")}
          options={[
            ["system", t("look.system")],
            ["light", t("look.light")],
            ["dark", t("look.dark")],
          ]}
          value={theme}
          onChange={(chosen) => {
            change({ theme: chosen });
            wear({ theme: chosen, language }).catch(toast);
          }}
        />
      </Section>
      <Section title={t("look.language")}>
        <LanguageChoice />
      </Section>
    </Column>
  );
}

export function PassphrasePane() {
  const world = useWorld();
  const [first, setFirst] = useState("");
  const [second, setSecond] = useState("");
  const { isBusy, error, begin } = useBeginning();
  const has = world.profile.value?.hasPassphrase ?? false;
  const isUneven = second !== "" && first !== second;
  const set = (passphrase: string) => {
    begin(async (door) => {
      await door.setPassphrase(passphrase);
      world.profile.value = await door.profile();
      setFirst("");
      setSecond("");
      toast(t(passphrase === "" ? "passphrase.removed" : "passphrase.saved"));
    });
  };
  return (
    <Column title={t("passphrase.title")} onBack={toSettings}>
      <p class="note">{t("passphrase.why")}</p>
      <p class="note strong">{t("passphrase.lost")}</p>
      <form
        class="stack"
        onSubmit={(event) => {
          event.preventDefault();
          set(first);
        }}
      >
        <Field
          label={t(has ? "passphrase.new" : "passphrase.first")}
          hint={t("passphrase.hint")}
          value={first}
          onInput={setFirst}
          kind="secret"
          complete="new-password"
          error={error}
        />
        <Field
          label={t("passphrase.again")}
          value={second}
          onInput={setSecond}
          kind="secret"
          complete="new-password"
          error={isUneven ? t("passphrase.uneven") : ""}
        />
        <Button
          kind="main"
          submits
          isBusy={isBusy}
          disabled={first === "" || first !== second}
          label={t(has ? "passphrase.change" : "passphrase.set")}
        />
      </form>
      {has && (
        <Section>
          <Row
            icon="lock"
            title={t("passphrase.remove")}
            isBad
            onClick={() => {
              set("");
            }}
          />
        </Section>
      )}
    </Column>
  );
}
