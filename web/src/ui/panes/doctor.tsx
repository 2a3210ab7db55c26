/** What is blocked here: every road tried, and what that means, in plain sentences. */

import { useEffect, useState } from "preact/hooks";
import { t, told } from "../../i18n/index.ts";
import { byteSize } from "../../i18n/figures.ts";
import type { Attempt, Came } from "../../client/values.ts";
import { Button } from "../parts/button.tsx";
import { Section } from "../parts/frame.tsx";
import { useWorld } from "../world.ts";
import { useBeginning } from "./welcome.tsx";

export function Doctor() {
  const world = useWorld();
  const { isBusy, error, begin } = useBeginning();
  const [attempts, setAttempts] = useState<readonly Attempt[]>([]);
  const [isDone, setIsDone] = useState(false);
  useEffect(
    () =>
      world.door.listen((event) => {
        if (event.type === "attempted")
          setAttempts((before) => [...before, event.attempt]);
      }),
    [],
  );
  return (
    <>
      <Section title={t("doctor.title")}>
        {attempts.length === 0 && !isBusy && (
          <p class="relay quiet">{t("doctor.note")}</p>
        )}
        {attempts.map((attempt, place) => (
          <Row key={place} attempt={attempt} />
        ))}
        <div role="status">
          {isBusy && <p class="relay quiet">{t("doctor.busy")}</p>}
          {isDone &&
            conclusion(attempts).map((said) => (
              <p key={said} class="relay">
                {said}
              </p>
            ))}
          {error && <p class="relay field-error">{error}</p>}
        </div>
      </Section>
      <div class="stack">
        <Button
          label={t("doctor.do")}
          isBusy={isBusy}
          onClick={() => {
            setAttempts([]);
            setIsDone(false);
            begin(async (door) => {
              setAttempts(await door.examine());
              setIsDone(true);
            });
          }}
        />
      </div>
    </>
  );
}

function Row({ attempt }: { attempt: Attempt }) {
  const { road, host, relay, came } = attempt;
  const state = isPassage(came) ? "connected" : "waiting";
  return (
    <div class="relay">
      <p class="relay-top">
        <span class={`lamp ${state}`} aria-hidden="true" />
        <span>{t("doctor.road", { road: told(road), host, relay })}</span>
      </p>
      <p class="quiet">{sentence(attempt)}</p>
    </div>
  );
}

/** Whether the road is of use: the relay itself answered, and went on to. */
function isPassage(came: Came): boolean {
  return came === "works" || came === "slow" || came === "turned away";
}

const SENTENCES = {
  works: "doctor.works",
  slow: "doctor.slow",
  "turned away": "doctor.turned",
  cut: "doctor.cut",
  frozen: "doctor.frozen",
  unanswered: "doctor.unanswered",
  "no door": "doctor.door",
  nobody: "doctor.nobody",
} as const satisfies Readonly<Record<Came, string>>;

/** What came of one way, and what that means. */
function sentence({ came, octets, seconds }: Attempt): string {
  const size = byteSize(octets);
  return t(SENTENCES[came], { size, seconds: Math.round(seconds) });
}

/** What works, what does not, and what to do; relays each by itself would say the same. */
export function conclusion(attempts: readonly Attempt[]): readonly string[] {
  const good = attempts.filter(({ came }) => isPassage(came));
  const bad = attempts.filter(({ came }) => !isPassage(came));
  if (good.length === 0) {
    const isAway = bad.every(({ came }) => came === "nobody");
    const why = t(isAway ? "doctor.none.away" : "doctor.none.stopped");
    return [t("doctor.none"), why, t("doctor.again")];
  }
  if (bad.length === 0) return [t("doctor.all")];
  const listed = (some: readonly Attempt[]): string =>
    [...new Set(some.map(({ road }) => told(road)))].join(", ");
  const passes = bad.some(
    (one) =>
      one.isLasting &&
      good.some(
        (other) =>
          !other.isLasting && other.host === one.host && other.port === one.port,
      ),
  );
  const counts = { count: bad.length, all: attempts.length };
  return [
    ...(passes ? [t("doctor.requests")] : []),
    t("doctor.some", { good: listed(good), bad: listed(bad), ...counts }),
  ];
}
