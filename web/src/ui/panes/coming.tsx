/** Coming to an account that there is: with another device, or out of a backup. */

import { useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { Button } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { Icon } from "../parts/icon.tsx";
import { linkIn } from "../text/paste.ts";
import { LinkProgress } from "./link-progress.tsx";
import { offered } from "./offered.ts";
import { LinkField, useBeginning } from "./welcome.tsx";

export function ByDevice() {
  const { isBusy, error, begin } = useBeginning();
  const [link, setLink] = useState(offered.value ?? "");
  const [name, setName] = useState(t("welcome.device.default"));
  if (isBusy) return <LinkProgress />;
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        begin((door) => door.joinAccount(linkIn(link) ?? link.trim(), name.trim(), ""));
      }}
    >
      <p>{t("welcome.device.how")}</p>
      <LinkField
        label={t("welcome.device.link")}
        value={link}
        onInput={setLink}
        error={error}
      />
      <Field
        label={t("welcome.device.name")}
        value={name}
        onInput={setName}
        most={40}
      />
      <p class="quiet">{t("welcome.passphrase")}</p>
      <Button
        kind="main"
        submits
        disabled={link.trim() === "" || name.trim() === ""}
        label={t("welcome.device.begin")}
      />
    </form>
  );
}

export function ByBackup() {
  const { isBusy, error, begin } = useBeginning();
  const [file, setFile] = useState<File | null>(null);
  const [phrase, setPhrase] = useState("");
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        if (file) begin((door) => door.restore(file, phrase, ""));
      }}
    >
      <p>{t("welcome.restore.how")}</p>
      <label class="file-field">
        <Icon name="save" size={20} />
        <span>{file ? file.name : t("welcome.restore.file")}</span>
        <input
          type="file"
          onChange={(event) => {
            setFile(event.currentTarget.files?.[0] ?? null);
          }}
        />
      </label>
      <Field
        label={t("welcome.restore.phrase")}
        value={phrase}
        onInput={setPhrase}
        kind="code"
        placeholder="XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX-XXXX"
        error={error}
      />
      <p class="quiet">{t("welcome.passphrase")}</p>
      <Button
        kind="main"
        submits
        isBusy={isBusy}
        disabled={!file || phrase.trim() === ""}
        label={t("welcome.restore.begin")}
      />
    </form>
  );
}
