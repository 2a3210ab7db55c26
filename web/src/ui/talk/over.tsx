/** Below a conversation that cannot be written to: why, and what can be done. */

import { t } from "../../i18n/index.ts";
import type { Conversation } from "../../client/values.ts";
import { Button } from "../parts/button.tsx";
import { useWorld } from "../world.ts";
import { forgetItem } from "../panes/chat-menu.tsx";

export function RequestBar({ chat }: { chat: Conversation }) {
  const world = useWorld();
  return (
    <footer class="over">
      <p>{t("request.ask")}</p>
      <div class="over-buttons">
        <Button
          kind="main"
          label={t("request.accept")}
          onClick={() => {
            world.attempt((door) => door.accept(chat.id));
          }}
        />
        <Button
          label={t("request.decline")}
          onClick={() => {
            world.attempt((door) => door.decline(chat.id));
          }}
        />
      </div>
    </footer>
  );
}

export function OverBar({ chat }: { chat: Conversation }) {
  const world = useWorld();
  const { peer } = chat;
  if (peer?.state === "blocked")
    return (
      <footer class="over">
        <p>{t("over.blocked")}</p>
        <Button
          label={t("contact.unblock")}
          onClick={() => {
            world.attempt((door) => door.unblock(peer.account));
          }}
        />
      </footer>
    );
  const why = chat.state === "active" ? "broken" : chat.state;
  const forget = forgetItem(world, chat);
  return (
    <footer class="over">
      <p>{t(`over.${why === "request" ? "broken" : why}`)}</p>
      {why !== "leaving" && why !== "joining" && (
        <Button label={forget.label} onClick={forget.act} />
      )}
    </footer>
  );
}
