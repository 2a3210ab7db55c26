/** Whether the relay may wake this browser. */

import { useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { Switch } from "../parts/button.tsx";
import { toast } from "../toasts.ts";
import { beLeft, beWoken, type Hindrance, isWoken } from "../waking.ts";
import { useWorld } from "../world.ts";

const WHY = {
  browser: "privacy.push.browser",
  denied: "privacy.notify.denied",
  relay: "privacy.push.relay",
  service: "privacy.push.service",
} as const satisfies Record<Hindrance, string>;

export function Waking() {
  const { door } = useWorld();
  const [isBusy, setIsBusy] = useState(false);
  const change = async (on: boolean) => {
    setIsBusy(true);
    try {
      if (on) {
        const hindrance = await beWoken(door);
        if (hindrance) toast(t(WHY[hindrance]));
      } else await beLeft(door);
    } catch (error) {
      toast(error);
    } finally {
      setIsBusy(false);
    }
  };
  return (
    <Switch
      label={t("privacy.push")}
      sub={t(isBusy ? "privacy.push.asking" : "privacy.push.sub")}
      on={isWoken.value}
      onChange={(on) => {
        if (!isBusy) void change(on);
      }}
    />
  );
}
