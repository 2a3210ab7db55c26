/** What this page is: its version, the hash of what runs, and who may change it. */

import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { copy } from "../clipboard.ts";
import { Button } from "../parts/button.tsx";
import { Column, Section } from "../parts/frame.tsx";
import { Mark } from "../parts/icon.tsx";
import { askWorker, refusalWords, type RunningRelease } from "../updates.ts";
import { back } from "../route.ts";
import { Fact } from "./connection.tsx";
import "../style/panes.css";

export function AboutPane() {
  const [release, setRelease] = useState<RunningRelease | null | undefined>(undefined);
  useEffect(() => {
    askWorker().then(setRelease, () => {
      setRelease(null);
    });
  }, []);
  return (
    <Column
      title={t("about.title")}
      onBack={() => {
        back({ pane: "settings" });
      }}
    >
      <div class="invite-card">
        <Mark size={64} />
        <p class="invite-name" translate={false}>
          Linnet
        </p>
        <p class="note">{t("about.text")}</p>
      </div>
      <Section title={t("about.code")} note={t("about.code.note")}>
        {release === undefined ? (
          <p class="note">{t("nav.loading")}</p>
        ) : release === null ? (
          <p class="note">{t("about.unknown")}</p>
        ) : (
          <>
            <Fact name={t("about.version")} value={release.version} />
            <Fact name={t("about.signed")} value={release.key.slice(0, 16)} />
            <p class="key" dir="ltr">
              {release.hash.match(/.{8}/g)?.join(" ")}
            </p>
          </>
        )}
      </Section>
      {release && release.refused !== "" && (
        <p class="warn" role="alert">
          {t(refusalWords(release.refused))}
        </p>
      )}
      {release && (
        <div class="stack">
          <Button
            icon="copy"
            label={t("about.copy")}
            onClick={() => {
              void copy(release.hash);
            }}
          />
        </div>
      )}
    </Column>
  );
}
