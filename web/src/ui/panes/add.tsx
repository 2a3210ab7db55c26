/** Asking the owner of an invite link to talk. */

import { useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { Column } from "../parts/frame.tsx";
import { linkIn, linkKind } from "../text/paste.ts";
import { toast } from "../toasts.ts";
import { back, swap } from "../route.ts";
import { LinkField, useBeginning } from "./welcome.tsx";
import { offered } from "./offered.ts";

const LARGEST_FILE = 8_192;

export function AddPane() {
  const { isBusy, error, begin } = useBeginning();
  const [text, setText] = useState(offered.value ?? "");
  const [note, setNote] = useState("");
  const link = linkIn(text);
  const isWrong = text.trim() !== "" && (link === null || linkKind(link) !== "invite");
  const add = () => {
    if (link === null) return;
    begin(async (door) => {
      const chat = await door.add(link, note.trim());
      offered.value = null;
      swap({ pane: "chats", talk: chat.id, side: null });
    });
  };
  return (
    <Column
      title={t("add.title")}
      onBack={() => {
        offered.value = null;
        back({ pane: "new" });
      }}
      foot={
        <Button
          kind="main"
          label={t("add.ask")}
          isBusy={isBusy}
          disabled={link === null || isWrong}
          onClick={add}
        />
      }
    >
      <p class="note">{t("add.how")}</p>
      <div class="stack">
        <LinkField
          label={t("add.link")}
          value={text}
          onInput={setText}
          error={error || (isWrong ? t("add.wrong") : "")}
        />
        <label class="file-field">
          <span>{t("add.file")}</span>
          <input
            type="file"
            onChange={(event) => {
              const file = event.currentTarget.files?.[0];
              if (file && file.size <= LARGEST_FILE) file.text().then(setText, toast);
              else if (file) toast(t("add.wrong"));
            }}
          />
        </label>
        <Field
          label={t("add.note")}
          hint={t("add.note.hint")}
          value={note}
          onInput={setNote}
          kind="long"
          most={500}
        />
      </div>
    </Column>
  );
}
