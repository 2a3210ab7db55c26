/** Where short sentences appear, and where a screen reader hears what happens. */

import { dismiss, spoken, toasts } from "../toasts.ts";
import { t } from "../../i18n/index.ts";
import { IconButton } from "./button.tsx";

export function Toasts() {
  return (
    <>
      <div class="toasts" role="region" aria-label={t("toasts.label")}>
        {toasts.value.map(({ id, text, isBad }) => (
          <div
            key={id}
            class={`toast ${isBad ? "bad" : ""}`}
            role={isBad ? "alert" : "status"}
          >
            <p>
              <bdi>{text}</bdi>
            </p>
            <IconButton
              icon="close"
              label={t("nav.close")}
              onClick={() => {
                dismiss(id);
              }}
            />
          </div>
        ))}
      </div>
      <div class="hidden" aria-live="polite">
        {spoken.value}
      </div>
    </>
  );
}
