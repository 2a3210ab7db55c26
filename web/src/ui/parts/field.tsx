/** A labelled line of input, its explanation and what is wrong with it. */

import { useId, useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import { IconButton } from "./button.tsx";

interface Props {
  readonly label: string;
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly hint?: string;
  readonly error?: string;
  readonly placeholder?: string;
  readonly kind?: "text" | "secret" | "long" | "code";
  readonly complete?: "nickname" | "current-password" | "new-password";
  readonly focuses?: boolean;
  readonly most?: number;
}

export function Field(props: Props) {
  const id = useId();
  const [isShown, setIsShown] = useState(false);
  const { kind = "text" } = props;
  const common = {
    id,
    value: props.value,
    placeholder: props.placeholder ?? "",
    maxLength: props.most ?? 8_192,
    autoFocus: props.focuses ?? false,
    autoComplete: props.complete ?? ("off" as const),
    spellcheck: kind === "text" || kind === "long",
    autoCapitalize:
      kind === "text" || kind === "long" ? ("sentences" as const) : ("off" as const),
    dir: "auto" as const,
    ...(props.error ? { "aria-invalid": true } : {}),
    ...(props.hint || props.error ? { "aria-describedby": `${id}-hint` } : {}),
    onInput: (event: { currentTarget: { value: string } }) => {
      props.onInput(event.currentTarget.value);
    },
  };
  return (
    <div class="field">
      <label for={id}>{props.label}</label>
      <div class="field-line">
        {kind === "long" || kind === "code" ? (
          <textarea {...common} rows={3} class={kind} />
        ) : (
          <input
            {...common}
            {...(kind === "secret" && !isShown
              ? { type: "password" as const }
              : { type: "text" as const })}
          />
        )}
        {kind === "secret" && (
          <IconButton
            icon="eye"
            label={t("field.show")}
            pressed={isShown}
            onClick={() => {
              setIsShown(!isShown);
            }}
          />
        )}
      </div>
      {(props.error || props.hint) && (
        <p id={`${id}-hint`} class={props.error ? "field-error" : "field-hint"}>
          {props.error || props.hint}
        </p>
      )}
    </div>
  );
}
