/** The first screen: a name, and one is in; or a link, another device, a backup. */

import { useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import type { Door } from "../../client/door.ts";
import { Button, Row } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { Mark } from "../parts/icon.tsx";
import { linkIn, linkKind } from "../text/paste.ts";
import { explained } from "../toasts.ts";
import { useWorld } from "../world.ts";
import { offered } from "./offered.ts";
import { LanguageChoice } from "./look.tsx";
import { lazy } from "../parts/frame.tsx";

const ByDevice = lazy(async () => (await import("./coming.tsx")).ByDevice);
const ByBackup = lazy(async () => (await import("./coming.tsx")).ByBackup);
const ScanDialog = lazy(
  async () => (await import("./scan.tsx")).ScanDialog,
  () => null,
);

type Way = "name" | "pass" | "device" | "restore";

export function Welcome() {
  const [way, setWay] = useState<Way>(firstWay());
  return (
    <main class="front">
      <div class="front-card">
        <Mark size={72} />
        <h1 translate={false}>Linnet</h1>
        <p class="lead">{t("welcome.lead")}</p>
        {way === "name" && <ByName onWay={setWay} />}
        {way === "pass" && <ByName onWay={setWay} asksPass />}
        {way === "device" && <ByDevice />}
        {way === "restore" && <ByBackup />}
        {way === "name" ? (
          <Ways onWay={setWay} />
        ) : (
          <Button
            kind="plain"
            icon="back"
            label={t("nav.back")}
            onClick={() => {
              setWay("name");
            }}
          />
        )}
      </div>
      <LanguageChoice />
    </main>
  );
}

function firstWay(): Way {
  if (offered.value === null) return "name";
  const kind = linkKind(offered.value);
  if (kind === "pass") return "pass";
  return kind === "device" ? "device" : "name";
}

function Ways({ onWay }: { onWay: (way: Way) => void }) {
  return (
    <div class="ways">
      <Row
        icon="link"
        title={t("welcome.pass")}
        onClick={() => {
          onWay("pass");
        }}
        leads
      />
      <Row
        icon="device"
        title={t("welcome.device")}
        onClick={() => {
          onWay("device");
        }}
        leads
      />
      <Row
        icon="save"
        title={t("welcome.restore")}
        onClick={() => {
          onWay("restore");
        }}
        leads
      />
    </div>
  );
}

/** Do what begins the account; while it runs the button waits, and errors stand below. */
export function useBeginning(): {
  readonly isBusy: boolean;
  readonly error: string;
  readonly begin: (work: (door: Door) => Promise<unknown>) => void;
} {
  const world = useWorld();
  const [isBusy, setIsBusy] = useState(false);
  const [error, setError] = useState("");
  const begin = (work: (door: Door) => Promise<unknown>) => {
    setIsBusy(true);
    setError("");
    work(world.door).then(
      () => {
        setIsBusy(false);
      },
      async (reason: unknown) => {
        const text = await explained(reason);
        setIsBusy(false);
        setError(text);
      },
    );
  };
  return { isBusy, error, begin };
}

function ByName({
  onWay,
  asksPass = false,
}: {
  onWay: (way: Way) => void;
  asksPass?: boolean;
}) {
  const { isBusy, error, begin } = useBeginning();
  const [name, setName] = useState("");
  const [pass, setPass] = useState(asksPass ? (offered.value ?? "") : "");
  const invited = offered.value !== null && linkKind(offered.value) === "invite";
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        const link = linkIn(pass) ?? pass.trim();
        if (linkKind(link) === "device") {
          offered.value = link;
          onWay("device");
        } else if (linkKind(link) === "invite") {
          offered.value = link;
          begin((door) => door.create({ name: name.trim(), pass: "", passphrase: "" }));
        } else
          begin((door) =>
            door.create({ name: name.trim(), pass: link, passphrase: "" }),
          );
      }}
    >
      {invited && <p class="offer">{t("welcome.invited")}</p>}
      <Field
        label={t("welcome.name")}
        value={name}
        onInput={setName}
        hint={t("welcome.name.hint")}
        error={error}
        complete="nickname"
        most={64}
        focuses
      />
      {asksPass && (
        <LinkField label={t("welcome.link")} value={pass} onInput={setPass} />
      )}
      <Button
        kind="main"
        submits
        isBusy={isBusy}
        disabled={name.trim() === ""}
        label={t("welcome.begin")}
      />
    </form>
  );
}

/** A field for a link, with the camera beside it. */
export function LinkField(props: {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly error?: string;
}) {
  const [isScanning, setIsScanning] = useState(false);
  return (
    <>
      <Field
        label={props.label}
        value={props.value}
        onInput={props.onInput}
        kind="code"
        placeholder="linnet:…"
        {...(props.error === undefined ? {} : { error: props.error })}
      />
      <Button
        icon="scan"
        label={t("scan.open")}
        onClick={() => {
          setIsScanning(true);
        }}
      />
      {isScanning && (
        <ScanDialog
          onClose={() => {
            setIsScanning(false);
          }}
          onFound={(text) => {
            setIsScanning(false);
            props.onInput(linkIn(text) ?? text);
          }}
        />
      )}
    </>
  );
}
