/** How far linking has come, and the code that both devices show. */

import { t, told } from "../../i18n/index.ts";
import { byteSize } from "../../i18n/figures.ts";
import { useWorld } from "../world.ts";
import "../style/panes.css";

export function LinkProgress() {
  const world = useWorld();
  const linking = world.linking.value;
  return (
    <div class="stack centred" role="status">
      {linking?.code ? (
        <>
          <p>{t("link.compare")}</p>
          <p class="code" dir="ltr">
            {linking.code}
          </p>
        </>
      ) : (
        <p>{t("link.waiting")}</p>
      )}
      {linking?.state === "moving" && linking.size > 0 ? (
        <>
          <progress
            max={linking.size}
            value={linking.moved}
            aria-label={t("link.moving")}
          />
          <p>
            {t("file.moved", {
              moved: byteSize(linking.moved),
              size: byteSize(linking.size),
            })}
          </p>
        </>
      ) : (
        <span class="spinner" />
      )}
      {linking?.state === "failed" && (
        <p class="field-error">
          {linking.reason ? told(linking.reason) : t("link.failed")}
        </p>
      )}
    </div>
  );
}
