/** What stands beside a conversation. */

import type { ConversationId } from "../../client/values.ts";
import type { Side } from "../route.ts";
import { useWorld } from "../world.ts";
import { FindSide, PinsSide } from "./found.tsx";
import { InfoSide } from "./info.tsx";
import { InviteesSide } from "./invitees.tsx";
import { SafetySide } from "./safety.tsx";
import "../style/panes.css";

export function SidePane({ id, side }: { id: ConversationId; side: Side }) {
  const world = useWorld();
  const chat = world.conversations.value.get(id);
  if (!chat) return null;
  switch (side) {
    case "info":
      return <InfoSide chat={chat} />;
    case "safety":
      return <SafetySide chat={chat} />;
    case "invitees":
      return <InviteesSide chat={chat} />;
    case "find":
      return <FindSide chat={chat} />;
    case "pins":
      return <PinsSide chat={chat} />;
  }
}
