/** What is going on: which road is used, what was tried, what waits, and why. */

import { useState } from "preact/hooks";
import { t, told, toldAll } from "../../i18n/index.ts";
import { byteSize, span } from "../../i18n/figures.ts";
import type { RelayStatus, Status } from "../../client/values.ts";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { Column, Section, Waiting } from "../parts/frame.tsx";
import { linkIn } from "../text/paste.ts";
import { back } from "../route.ts";
import { toast } from "../toasts.ts";
import { useWorld } from "../world.ts";
import { Doctor } from "./doctor.tsx";
import { OwnRoads } from "./own-roads.tsx";
import { useBeginning } from "./welcome.tsx";
import "../style/panes.css";

export function ConnectionPane() {
  const status = useWorld().status.value;
  return (
    <Column
      title={t("connection.title")}
      onBack={() => {
        back({ pane: "settings" });
      }}
    >
      {status ? (
        <>
          <Relays relays={status.relays} />
          <Outlook status={status} />
          <OwnRoads />
          <Doctor />
          <AddRelay />
        </>
      ) : (
        <Waiting />
      )}
    </Column>
  );
}

function Relays({ relays }: { relays: readonly RelayStatus[] }) {
  const world = useWorld();
  return (
    <>
      <Section title={t("connection.relays")} note={t("connection.note")}>
        {relays.map((relay) => (
          <RelayCard key={relay.relay} relay={relay} />
        ))}
      </Section>
      <div class="stack">
        <Button
          icon="retry"
          label={t("connection.retry")}
          onClick={() => {
            world.attempt((door) => door.retryNow());
          }}
        />
      </div>
    </>
  );
}

/** What waits, whether the clock is right, and how much room there is. */
function Outlook({ status }: { status: Status }) {
  const { queued, failed, clockOff, used, room } = status;
  const messages = (count: number) => t("connection.messages", { count });
  const clock =
    clockOff === 0
      ? t("connection.clock.right")
      : t("connection.clock.off", { span: span(Math.abs(clockOff)) });
  const taken = byteSize(used);
  return (
    <Section title={t("connection.waiting")}>
      <Fact name={t("connection.queue")} value={messages(queued)} />
      <Fact name={t("connection.failed")} value={messages(failed)} />
      <Fact name={t("connection.clock")} value={clock} />
      <Fact
        name={t("connection.room")}
        value={
          room > 0 ? t("file.moved", { moved: taken, size: byteSize(room) }) : taken
        }
      />
    </Section>
  );
}

function AddRelay() {
  const [pass, setPass] = useState("");
  const { isBusy, error, begin } = useBeginning();
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        begin(async (door) => {
          await door.addRelay(linkIn(pass) ?? pass.trim());
          setPass("");
          toast(t("connection.added"));
        });
      }}
    >
      <Field
        label={t("connection.add")}
        hint={t("connection.add.hint")}
        value={pass}
        onInput={setPass}
        kind="code"
        placeholder="linnet:…"
        error={error}
      />
      <Button
        submits
        isBusy={isBusy}
        disabled={pass.trim() === ""}
        label={t("connection.add.do")}
      />
    </form>
  );
}

function RelayCard({ relay }: { relay: RelayStatus }) {
  return (
    <div class="relay">
      <p class="relay-top">
        <span class={`lamp ${relay.state}`} aria-hidden="true" />
        <bdi class="relay-host" dir="ltr">
          {relay.host}
        </bdi>
        {relay.isMine && <span class="tag">{t("connection.mine")}</span>}
      </p>
      <p>
        {t(`relay.${relay.state}`)}
        {relay.road && ` · ${t("relay.road", { road: told(relay.road) })}`}
      </p>
      {relay.why.length > 0 && (
        <p class="quiet">
          <bdi>{toldAll(relay.why)}</bdi>
        </p>
      )}
      {relay.trouble.length > 0 && (
        <p class="field-error">
          <bdi>{toldAll(relay.trouble)}</bdi>
        </p>
      )}
      <p class="quiet">
        {t("relay.conversations", { count: relay.conversations })} ·{" "}
        {t("relay.queued", { count: relay.queued })} ·{" "}
        <span class="fingerprint" dir="ltr">
          {relay.relay}
        </span>
      </p>
    </div>
  );
}

export function Fact({ name, value }: { name: string; value: string }) {
  return (
    <p class="fact">
      <span>{name}</span>
      <span>{value}</span>
    </p>
  );
}
