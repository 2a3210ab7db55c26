/** The safety number: twelve groups of digits, and the same as a code to scan. */

import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import type { Contact, Conversation, SafetyNumber } from "../../client/values.ts";
import { Button } from "../parts/button.tsx";
import { Column, Empty, Waiting } from "../parts/frame.tsx";
import { Icon } from "../parts/icon.tsx";
import { Qr } from "../parts/qr.tsx";
import { plainName } from "../text/bidi.ts";
import { back } from "../route.ts";
import { useWorld } from "../world.ts";
import { ScanDialog } from "./scan.tsx";

export function SafetySide({ chat }: { chat: Conversation }) {
  const world = useWorld();
  const { peer } = chat;
  const [number, setNumber] = useState<SafetyNumber | null>(null);
  useEffect(() => {
    if (peer) world.attempt((door) => door.safetyNumber(peer.account), setNumber);
  }, [peer?.account]);
  return (
    <Column
      title={t("safety.title")}
      onBack={() => {
        back({ talk: chat.id, side: "info" });
      }}
    >
      {!peer ? (
        <Empty title={t("safety.group")} text={t("safety.group.text")} />
      ) : number === null ? (
        <Waiting />
      ) : (
        <Comparison contact={peer} digits={number.digits} />
      )}
    </Column>
  );
}

function Comparison({ contact, digits }: { contact: Contact; digits: string }) {
  const world = useWorld();
  const name = plainName(contact.name);
  const [isScanning, setIsScanning] = useState(false);
  const [answer, setAnswer] = useState<"same" | "different" | null>(null);
  const verify = (verified: boolean) => {
    world.attempt((door) => door.verify(contact.account, verified));
  };
  return (
    <div class="safety">
      <p class="note">{t("safety.how", { name })}</p>
      <Qr text={digits} label={t("safety.qr")} />
      <p class="digits" dir="ltr" aria-label={t("safety.digits")}>
        {digits.match(/.{5}/g)?.map((group, at) => (
          <span key={at}>{group}</span>
        ))}
      </p>
      {answer !== null && (
        <p class={answer === "same" ? "good" : "warn"} role="alert">
          <Icon name={answer === "same" ? "check" : "alert"} />
          <span>{t(`safety.${answer}`, { name })}</span>
        </p>
      )}
      <div class="stack">
        <Button
          icon="scan"
          label={t("safety.scan")}
          onClick={() => {
            setIsScanning(true);
          }}
        />
        <Verdict contact={contact} verify={verify} />
      </div>
      {isScanning && (
        <ScanDialog
          onClose={() => {
            setIsScanning(false);
          }}
          onFound={(text) => {
            setIsScanning(false);
            const isSame = text.replace(/\D/g, "") === digits;
            setAnswer(isSame ? "same" : "different");
            if (isSame) verify(true);
          }}
        />
      )}
    </div>
  );
}

/** Whether the person has found the numbers the same, and their word on it. */
function Verdict(props: { contact: Contact; verify: (verified: boolean) => void }) {
  const { contact, verify } = props;
  if (!contact.verified)
    return (
      <Button
        kind="main"
        icon="check"
        label={t("safety.verify")}
        onClick={() => {
          verify(true);
        }}
      />
    );
  return (
    <>
      <p class="good">
        <Icon name="shield" />
        <span>{t("safety.verified", { name: plainName(contact.name) })}</span>
      </p>
      <Button
        label={t("safety.unverify")}
        onClick={() => {
          verify(false);
        }}
      />
    </>
  );
}
