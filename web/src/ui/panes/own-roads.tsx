/** Ways to relays that only this person has: added, shown, taken of contacts, removed. */

import { useEffect, useState } from "preact/hooks";
import { t, told } from "../../i18n/index.ts";
import type { OwnRoad } from "../../client/values.ts";
import { Button, IconButton } from "../parts/button.tsx";
import { ask } from "../parts/dialog.tsx";
import { Section } from "../parts/frame.tsx";
import { Icon } from "../parts/icon.tsx";
import { plainName } from "../text/bidi.ts";
import { linkIn, linkKind } from "../text/paste.ts";
import { toast } from "../toasts.ts";
import { useWorld } from "../world.ts";
import { offered } from "./offered.ts";
import { LinkField, useBeginning } from "./welcome.tsx";

export function OwnRoads() {
  const world = useWorld();
  const [roads, setRoads] = useState<readonly OwnRoad[]>([]);
  useEffect(() => {
    world.attempt((door) => door.roads(), setRoads);
  }, []);
  return (
    <>
      <Section title={t("roads.title")} note={t("roads.note")}>
        {roads.length === 0 && <p class="relay quiet">{t("roads.none")}</p>}
        {roads.map((road) => (
          <RoadRow key={road.id} road={road} onRoads={setRoads} />
        ))}
      </Section>
      <AddRoad onRoads={setRoads} />
    </>
  );
}

interface RoadsProps {
  readonly onRoads: (roads: readonly OwnRoad[]) => void;
}

function RoadRow({ road, onRoads }: RoadsProps & { readonly road: OwnRoad }) {
  const { host, port, relay, isSecure, isTaken } = road;
  const giver = road.giver === null ? "" : plainName(road.giver);
  const fits = isSecure || location.protocol !== "https:";
  return (
    <div class="row">
      <span class="row-icon">
        <Icon name="link" size={22} />
      </span>
      <span class="row-body">
        <span class="row-title">
          <bdi dir="ltr">
            {host}:{port}
          </bdi>
        </span>
        <span class="row-sub">
          {t("roads.to", { road: told(road.road), relay })}
          {giver !== "" && ` · ${t("roads.from", { name: giver })}`}
          {!isTaken && ` · ${t("roads.waits")}`}
          {!fits && ` · ${t("roads.insecure")}`}
        </span>
      </span>
      {!isTaken && <TakeRoad road={road} giver={giver} onRoads={onRoads} />}
      <RemoveRoad road={road} giver={giver} onRoads={onRoads} />
    </div>
  );
}

interface ActProps extends RoadsProps {
  readonly road: OwnRoad;
  readonly giver: string;
}

function TakeRoad({ road: { id, host }, giver: name, onRoads }: ActProps) {
  const world = useWorld();
  return (
    <IconButton
      icon="check"
      label={t("roads.take", { host })}
      onClick={() => {
        ask({
          title: t("roads.take.ask", { name }),
          text: t("roads.take.text", { host, name }),
          yes: t("roads.take.do"),
          then: () => {
            world.attempt((door) => door.takeRoad(id), onRoads);
          },
        });
      }}
    />
  );
}

function RemoveRoad({ road: { id, host }, giver: name, onRoads }: ActProps) {
  const world = useWorld();
  return (
    <IconButton
      icon="trash"
      label={t("roads.remove", { host })}
      onClick={() => {
        ask({
          title: t("roads.remove.ask"),
          text: name ? t("roads.remove.given", { name }) : t("roads.remove.text"),
          yes: t("roads.remove.do"),
          isBad: true,
          then: () => {
            world.attempt((door) => door.removeRoad(id), onRoads);
          },
        });
      }}
    />
  );
}

function AddRoad({ onRoads }: RoadsProps) {
  const [link, setLink] = useState("");
  const { isBusy, error, begin } = useBeginning();
  const came = offered.value;
  useEffect(() => {
    if (came === null || linkKind(came) !== "road") return;
    // It is added when the person says so, and not because a page was opened.
    setLink(came);
    offered.value = null;
  }, [came]);
  return (
    <form
      class="stack"
      onSubmit={(event) => {
        event.preventDefault();
        begin(async (door) => {
          onRoads(await door.addRoads(linkIn(link) ?? link.trim()));
          setLink("");
          toast(t("roads.added"));
        });
      }}
    >
      <LinkField label={t("roads.add")} value={link} onInput={setLink} error={error} />
      <Button
        submits
        isBusy={isBusy}
        disabled={link.trim() === ""}
        label={t("roads.add.do")}
      />
    </form>
  );
}
