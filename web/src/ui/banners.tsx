/** Plain sentences about what is wrong: the connection, the clock, the room, an identity. */

import { useEffect, useState } from "preact/hooks";
import { t, told } from "../i18n/index.ts";
import { span } from "../i18n/figures.ts";
import type { Status } from "../client/values.ts";
import { Icon, type IconName } from "./parts/icon.tsx";
import { IconButton } from "./parts/button.tsx";
import { go, openTalk } from "./route.ts";
import { codeWarning } from "./updates.ts";
import { useWorld } from "./world.ts";

/** So much of the room used is worth a word. */
const FULL = 0.95;

/** Above the chat list: the connection and what else the status says. */
export function StatusBanners() {
  const world = useWorld();
  const status = world.status.value;
  const isSlow = useLasting(status !== null && !status.connected, 1_500);
  return (
    <>
      {codeWarning.value !== "" && (
        <Banner icon="shield" text={t(codeWarning.value)} isBad />
      )}
      {world.standing.value === "cut off" && (
        <Banner icon="device" text={t("banner.cutoff")} isBad />
      )}
      {status && isSlow && <Banner icon="signal" text={t(offline(status))} leads />}
      {status && status.clockOff !== 0 && (
        <Banner
          icon="clock"
          text={t("banner.clock", { span: span(round(Math.abs(status.clockOff))) })}
          isBad
        />
      )}
      {status && status.room > 0 && status.used / status.room > FULL && (
        <Banner icon="save" text={t("banner.room")} isBad leads />
      )}
      {status && status.failed > 0 && status.connected && (
        <Banner
          icon="alert"
          text={t("banner.failed", { count: status.failed })}
          leads
        />
      )}
    </>
  );
}

function round(seconds: number): number {
  return seconds < 3_600
    ? Math.ceil(seconds / 60) * 60
    : Math.round(seconds / 3_600) * 3_600;
}

function offline({ relays, queued }: Status) {
  if (relays.some(({ state }) => state === "connecting")) return "banner.connecting";
  return queued > 0 ? "banner.offline.queued" : "banner.offline";
}

/** True when something has been so for a while: no banner that only flickers. */
function useLasting(isSo: boolean, milliseconds: number): boolean {
  const [lasts, setLasts] = useState(false);
  useEffect(() => {
    if (!isSo) {
      setLasts(false);
      return;
    }
    const timer = setTimeout(() => {
      setLasts(true);
    }, milliseconds);
    return () => {
      clearTimeout(timer);
    };
  }, [isSo, milliseconds]);
  return isSo && lasts;
}

function Banner(props: {
  readonly icon: IconName;
  readonly text: string;
  readonly isBad?: boolean;
  readonly leads?: boolean;
}) {
  const inside = (
    <>
      <Icon name={props.icon} size={20} />
      <span>{props.text}</span>
      {props.leads && <Icon name="next" size={18} />}
    </>
  );
  return (
    <div class={`banner ${props.isBad ? "bad" : ""}`} role="status">
      {props.leads ? (
        <button
          type="button"
          onClick={() => {
            go({ pane: "connection" });
          }}
        >
          {inside}
        </button>
      ) : (
        <p>{inside}</p>
      )}
    </div>
  );
}

/** Something is wrong with an identity: above everything until it was read. */
export function Warnings() {
  const world = useWorld();
  return (
    <>
      {world.warnings.value.map((warning) => (
        <div class="warning" role="alert" key={warning.contact.account}>
          <Icon name="alert" />
          <p>
            <bdi>{told(warning.said)}</bdi>
          </p>
          <button
            type="button"
            class="button plain"
            onClick={() => {
              const direct = [...world.conversations.value.values()].find(
                ({ peer }) => peer?.account === warning.contact.account,
              );
              if (direct) openTalk(direct.id);
              go({ side: "safety" });
            }}
          >
            {t("warning.compare")}
          </button>
          <IconButton
            icon="close"
            label={t("nav.close")}
            onClick={() => {
              world.warnings.value = world.warnings.value.filter(
                (one) => one !== warning,
              );
            }}
          />
        </div>
      ))}
    </>
  );
}
