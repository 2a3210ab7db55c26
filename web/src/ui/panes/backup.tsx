/** Everything into an encrypted file, and the phrase that opens it. */

import { useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { copy } from "../clipboard.ts";
import { byteSize } from "../../i18n/figures.ts";
import { Button } from "../parts/button.tsx";
import { Column, Section } from "../parts/frame.tsx";
import { saveBlob } from "../media/save.ts";
import { back } from "../route.ts";
import { useBeginning } from "./welcome.tsx";
import "../style/panes.css";

export function BackupPane() {
  const { isBusy, error, begin } = useBeginning();
  const [made, setMade] = useState<{ file: Blob; phrase: string } | null>(null);
  return (
    <Column
      title={t("backup.title")}
      onBack={() => {
        back({ pane: "settings" });
      }}
    >
      <p class="note">{t("backup.why")}</p>
      {made === null ? (
        <div class="stack">
          <Button
            kind="main"
            icon="save"
            isBusy={isBusy}
            label={t("backup.make")}
            onClick={() => {
              begin(async (door) => {
                setMade(await door.backup());
              });
            }}
          />
          {error !== "" && <p class="field-error">{error}</p>}
        </div>
      ) : (
        <>
          <Section title={t("backup.phrase")} note={t("backup.phrase.note")}>
            <p class="phrase" dir="ltr">
              {made.phrase}
            </p>
          </Section>
          <div class="stack">
            <Button
              icon="copy"
              label={t("backup.copy")}
              onClick={() => {
                void copy(made.phrase);
              }}
            />
            <Button
              kind="main"
              icon="download"
              label={t("backup.save", { size: byteSize(made.file.size) })}
              onClick={() => {
                const day = new Date().toISOString().slice(0, 10);
                saveBlob(made.file, `linnet-${day}.backup`);
              }}
            />
          </div>
        </>
      )}
      <p class="note">{t("backup.restore")}</p>
    </Column>
  );
}
