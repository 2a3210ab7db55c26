/** The passphrase is needed. */

import { useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { Button } from "../parts/button.tsx";
import { ask } from "../parts/dialog.tsx";
import { Field } from "../parts/field.tsx";
import { Icon } from "../parts/icon.tsx";
import { useBeginning } from "./welcome.tsx";
import { LanguageChoice } from "./look.tsx";
import { eraseAll } from "./erase.tsx";
import { useWorld } from "../world.ts";

export function Lock() {
  const world = useWorld();
  const { isBusy, error, begin } = useBeginning();
  const [passphrase, setPassphrase] = useState("");
  return (
    <main class="front">
      <div class="front-card">
        <span class="lock-mark">
          <Icon name="lock" size={40} />
        </span>
        <h1>{t("lock.title")}</h1>
        <form
          class="stack"
          onSubmit={(event) => {
            event.preventDefault();
            begin((door) => door.unlock(passphrase));
          }}
        >
          <Field
            label={t("lock.passphrase")}
            value={passphrase}
            onInput={setPassphrase}
            kind="secret"
            complete="current-password"
            error={error}
            focuses
          />
          <Button
            kind="main"
            submits
            isBusy={isBusy}
            disabled={passphrase === ""}
            label={t("lock.open")}
          />
        </form>
        <p class="note">{t("lock.forgot")}</p>
        <Button
          kind="plain"
          label={t("erase.title")}
          onClick={() => {
            ask({
              title: t("erase.ask"),
              text: t("erase.text"),
              yes: t("erase.do"),
              isBad: true,
              then: () => {
                eraseAll(world);
              },
            });
          }}
        />
      </div>
      <LanguageChoice />
    </main>
  );
}
