/** Adding contacts to a group. */

import { useEffect, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import type { AccountId, Conversation, Member } from "../../client/values.ts";
import { Button } from "../parts/button.tsx";
import { Column, Empty } from "../parts/frame.tsx";
import { back } from "../route.ts";
import { useWorld } from "../world.ts";
import { ContactPicker, useContacts } from "./new.tsx";

export function InviteesSide({ chat }: { chat: Conversation }) {
  const world = useWorld();
  const [members, setMembers] = useState<readonly Member[]>([]);
  const [chosen, setChosen] = useState<ReadonlySet<AccountId>>(new Set());
  const [isBusy, setIsBusy] = useState(false);
  useEffect(() => {
    world.attempt((door) => door.members(chat.id), setMembers);
  }, [chat.id]);
  const outside = useContacts(["accepted"]).filter(
    ({ account }) => !members.some((member) => member.account === account),
  );
  const leave = () => {
    back({ talk: chat.id, side: "info" });
  };
  return (
    <Column
      title={t("group.add")}
      onBack={leave}
      foot={
        <Button
          kind="main"
          isBusy={isBusy}
          disabled={chosen.size === 0}
          label={t("group.add.do", { count: chosen.size })}
          onClick={() => {
            setIsBusy(true);
            world.attempt(
              (door) =>
                door.addMembers(chat.id, [...chosen]).finally(() => {
                  setIsBusy(false);
                }),
              leave,
            );
          }}
        />
      }
    >
      {outside.length === 0 ? (
        <Empty title={t("group.add.none")} text={t("group.add.none.text")} />
      ) : (
        <div class="card spaced">
          <ContactPicker contacts={outside} chosen={chosen} onChange={setChosen} />
        </div>
      )}
    </Column>
  );
}
