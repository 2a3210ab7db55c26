/** A message's words: links to click, members named, long ones folded; never as HTML. */

import type { ComponentChildren } from "preact";
import { useMemo, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import type { Message } from "../../client/values.ts";
import { plainText } from "../text/bidi.ts";
import { looksForged } from "../text/links.ts";
import { linkIn, linkKind } from "../text/paste.ts";
import { clamp, cut, isOnlyEmoji, type Piece } from "../text/pieces.ts";
import { go } from "../route.ts";
import { offered } from "../panes/offered.ts";
import { useWorld } from "../world.ts";

export function BodyText(props: { message: Message; children: ComponentChildren }) {
  const { text, mentions } = props.message;
  const [isOpen, setIsOpen] = useState(false);
  const { head, isWhole } = useMemo(() => clamp(text), [text]);
  const shown = isOpen ? text : head;
  // Places of mentions count the text as it was sent, so it is cut before it is cleaned.
  const pieces = useMemo(() => cut(shown, mentions), [shown, mentions]);
  return (
    <div class={`text ${isOnlyEmoji(text) ? "big" : ""}`}>
      <bdi class="words">
        {pieces.map((piece, at) => (
          <PieceView key={at} piece={piece} />
        ))}
        {!isOpen && !isWhole && "…"}
      </bdi>
      {!isWhole && (
        <button
          type="button"
          class="link more"
          aria-expanded={isOpen}
          onClick={() => {
            setIsOpen(!isOpen);
          }}
        >
          {t(isOpen ? "message.less" : "message.more")}
        </button>
      )}
      {props.children}
    </div>
  );
}

function PieceView({ piece }: { piece: Piece }) {
  const world = useWorld();
  if (piece.kind === "words") return <>{plainText(piece.text)}</>;
  if (piece.kind === "mention") {
    const isMe = piece.account === world.profile.value?.account;
    return (
      <span class={`mention ${isMe ? "to-me" : ""}`}>{plainText(piece.text)}</span>
    );
  }
  if (linkIn(piece.href) !== null)
    return <LinnetLink href={piece.href} text={piece.text} />;
  const shown = plainText(piece.text);
  return (
    <>
      <a href={piece.href} target="_blank" rel="noopener noreferrer" dir="ltr">
        {shown}
      </a>
      {looksForged(shown, piece.href) && (
        <span class="true-address"> ({new URL(piece.href).hostname})</span>
      )}
    </>
  );
}

/** A link of Linnet opens here, not in another window. */
function LinnetLink({ href, text }: { href: string; text: string }) {
  const link = linkIn(href) ?? href;
  const kind = linkKind(link);
  if (kind !== "invite") return <span class="words">{plainText(text)}</span>;
  return (
    <button
      type="button"
      class="link"
      onClick={() => {
        offered.value = link;
        go({ pane: "add" });
      }}
    >
      {t("message.invite")}
    </button>
  );
}
