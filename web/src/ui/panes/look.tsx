/** How the page looks and which language it speaks: remembered outside the account too. */

import { LANGUAGES, speak, t } from "../../i18n/index.ts";
import { toast } from "../toasts.ts";
import { useWorld } from "../world.ts";

const NOTE = "linnet look";

export interface Look {
  readonly theme: "system" | "light" | "dark";
  readonly language: string;
}

/** The look of the last visit, for screens before the account is open. */
export function rememberedLook(): Look {
  try {
    const look = JSON.parse(localStorage.getItem(NOTE) ?? "{}") as Partial<Look>;
    return { theme: look.theme ?? "system", language: look.language ?? "" };
  } catch {
    return { theme: "system", language: "" };
  }
}

/** Make the page look so, and remember it. */
export async function wear(look: Look): Promise<void> {
  document.documentElement.dataset["theme"] = look.theme;
  try {
    localStorage.setItem(NOTE, JSON.stringify(look));
  } catch {
    // Without storage it is only not remembered.
  }
  await speak(look.language);
}

/** The language, also before there is an account. */
export function LanguageChoice() {
  const world = useWorld();
  const known = world.preferences.value?.language ?? rememberedLook().language;
  return (
    <label class="language">
      <span class="hidden">{t("look.language")}</span>
      <select
        value={known}
        onChange={(event) => {
          const language = event.currentTarget.value;
          wear({ ...rememberedLook(), language }).catch(toast);
          if (world.preferences.value)
            world.attempt((door) => door.setPreferences({ language }));
        }}
      >
        <option value="">{t("look.language.system")}</option>
        {LANGUAGES.map(([tag, name]) => (
          <option key={tag} value={tag} lang={tag}>
            {name}
          </option>
        ))}
      </select>
    </label>
  );
}
