/** Erasing this device at once. */

import { useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { Button } from "../parts/button.tsx";
import { Column } from "../parts/frame.tsx";
import { Icon } from "../parts/icon.tsx";
import { back } from "../route.ts";
import { toast } from "../toasts.ts";
import type { World } from "../world.ts";
import { useWorld } from "../world.ts";

/** Erase the device; every tab then begins anew as if nobody had been here. */
export function eraseAll(world: World): void {
  world.door.erase().catch(toast);
}

export function ErasePane() {
  const world = useWorld();
  const [isSure, setIsSure] = useState(false);
  return (
    <Column
      title={t("erase.title")}
      onBack={() => {
        back({ pane: "settings" });
      }}
    >
      <div class="stack">
        <p class="warn">
          <Icon name="alert" />
          <span>{t("erase.text")}</span>
        </p>
        <p class="note">{t("erase.others")}</p>
        <label class="row">
          <input
            type="checkbox"
            checked={isSure}
            onChange={(event) => {
              setIsSure(event.currentTarget.checked);
            }}
          />
          <span class="row-body">{t("erase.sure")}</span>
        </label>
        <Button
          kind="bad"
          icon="trash"
          label={t("erase.do")}
          disabled={!isSure}
          onClick={() => {
            eraseAll(world);
          }}
        />
      </div>
    </Column>
  );
}
