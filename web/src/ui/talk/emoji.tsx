/** Choosing one of many emoji; drawn by the system's own font. */

import { useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { Dialog } from "../parts/dialog.tsx";
import "../style/emoji.css";

const GROUPS = [
  [
    "emoji.faces",
    "😀 😃 😄 😁 😆 😅 😂 🤣 🙂 🙃 😉 😊 😇 🥰 😍 🤩 😘 😋 😛 😜 🤪 🤗 🤭 🤫 🤔 🤐 🤨 😐 😑 😶 😏 😒 🙄 😬 😌 😔 😪 🤤 😴 😷 🤒 🤕 🤢 🤮 🤧 🥵 🥶 🥴 😵 🤯 🤠 🥳 😎 🤓 🧐 😕 😟 🙁 😮 😯 😲 😳 🥺 😦 😨 😰 😥 😢 😭 😱 😖 😞 😓 😩 😫 🥱 😤 😡 😠 🤬 😈 💀 💩 🤡 👻 👽 🤖",
  ],
  [
    "emoji.hands",
    "👍 👎 👌 ✌️ 🤞 🤟 🤘 🤙 👈 👉 👆 👇 ☝️ ✋ 🖐️ 🖖 👋 🤏 💪 🙏 ✍️ 💅 🤳 👏 🙌 👐 🤲 🤝 ✊ 👊 👀 🧠 👶 🧒 👩 👨 🧑 👵 👴 🙅 🙆 🙋 🤦 🤷 💃 🕺 👫 👪",
  ],
  [
    "emoji.hearts",
    "❤️ 🧡 💛 💚 💙 💜 🖤 🤍 🤎 💔 ❣️ 💕 💞 💓 💗 💖 💘 💝 💯 💢 💥 💫 💦 🔥 ✨ 🌟 ⭐ 🎉 🎊 🎈 🎁 🏆 🥇",
  ],
  [
    "emoji.nature",
    "🐶 🐱 🐭 🐹 🐰 🦊 🐻 🐼 🐨 🐯 🦁 🐮 🐷 🐸 🐵 🐔 🐧 🐦 🐤 🦆 🦉 🐺 🐴 🦄 🐝 🦋 🐌 🐞 🐢 🐍 🐙 🐬 🐳 🌵 🎄 🌲 🌴 🌱 🍀 🍁 🌷 🌹 🌻 🌞 🌝 🌍 🌈 ☀️ ⛅ 🌧️ ❄️ ⚡",
  ],
  [
    "emoji.food",
    "🍏 🍎 🍐 🍊 🍋 🍌 🍉 🍇 🍓 🍒 🍑 🥭 🍍 🥥 🥝 🍅 🥑 🥦 🥕 🌽 🥔 🍞 🥐 🧀 🥚 🥞 🍗 🍔 🍟 🍕 🌭 🥪 🌮 🥗 🍝 🍜 🍣 🍰 🎂 🍫 🍿 🍩 🍪 ☕ 🍵 🍺 🍷 🥂 🍾",
  ],
  [
    "emoji.things",
    "🚗 🚌 🚲 🚆 ✈️ 🚀 ⛵ 🏠 🏡 🏢 🏫 🏖️ ⛰️ 🗺️ ⚽ 🏀 🎾 🏓 🎸 🎹 🎧 🎨 🎬 📷 💻 📱 ☎️ ⏰ 💡 📚 📖 ✏️ 📌 📎 🔒 🔑 🔨 🧰 💰 💳 ✉️ 📦 🗑️ ✅ ❌ ❓ ❗ ⚠️ ♻️",
  ],
] as const;

export function EmojiDialog(props: {
  readonly onPick: (emoji: string) => void;
  readonly onClose: () => void;
}) {
  const [open, setOpen] = useState(0);
  const [, list = ""] = GROUPS[open] ?? [];
  return (
    <Dialog title={t("emoji.title")} onClose={props.onClose} className="emoji-dialog">
      <div class="emoji-groups" role="group" aria-label={t("emoji.groups")}>
        {GROUPS.map(([key, emoji], at) => (
          <button
            key={key}
            type="button"
            aria-label={t(key)}
            title={t(key)}
            aria-pressed={at === open}
            onClick={() => {
              setOpen(at);
            }}
          >
            {emoji.split(" ")[0]}
          </button>
        ))}
      </div>
      <div class="emoji-grid" onKeyDown={moveInGrid}>
        {list.split(" ").map((emoji, at) => (
          <button
            key={emoji}
            type="button"
            tabIndex={at === 0 ? 0 : -1}
            onClick={() => {
              props.onPick(emoji);
            }}
          >
            {emoji}
          </button>
        ))}
      </div>
    </Dialog>
  );
}

function moveInGrid(event: KeyboardEvent): void {
  const grid = event.currentTarget as HTMLElement;
  const buttons = [...grid.querySelectorAll("button")];
  const at = buttons.indexOf(event.target as HTMLButtonElement);
  const first = buttons[0];
  if (at === -1 || !first) return;
  const columns = buttons.findIndex(({ offsetTop }) => offsetTop > first.offsetTop);
  const across = columns === -1 ? buttons.length : columns;
  const isRight = document.documentElement.dir === "rtl";
  const steps: Readonly<Record<string, number>> = {
    ArrowRight: isRight ? -1 : 1,
    ArrowLeft: isRight ? 1 : -1,
    ArrowDown: across,
    ArrowUp: -across,
  };
  const step = steps[event.key];
  if (step === undefined) return;
  event.preventDefault();
  buttons[Math.min(Math.max(at + step, 0), buttons.length - 1)]?.focus();
}
