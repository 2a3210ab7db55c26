/** Beginning a conversation: with somebody known, by a link, or a group. */

import { useState } from "preact/hooks";
import { t } from "../../i18n/index.ts";
import type { AccountId, Contact, ContactState } from "../../client/values.ts";
import { Avatar } from "../parts/avatar.tsx";
import { Button, Row } from "../parts/button.tsx";
import { Field } from "../parts/field.tsx";
import { Column, Empty, Section } from "../parts/frame.tsx";
import { Icon } from "../parts/icon.tsx";
import { plainName } from "../text/bidi.ts";
import { back, go, swap } from "../route.ts";
import { useWorld } from "../world.ts";

/** Contacts who were talked with, by name: to a group only those who accepted are added. */
export function useContacts(states: readonly ContactState[]): readonly Contact[] {
  const world = useWorld();
  return [...world.contacts.value.values()]
    .filter(({ state }) => states.includes(state))
    .sort((one, other) => one.name.localeCompare(other.name));
}

export function ContactName({ contact }: { contact: Contact }) {
  return (
    <>
      <bdi>{plainName(contact.name)}</bdi>
      {contact.verified && (
        <span class="mini shield" title={t("contact.verified")}>
          <Icon name="shield" size={16} />
          <span class="hidden">{t("contact.verified")}</span>
        </span>
      )}
    </>
  );
}

export function NewPane() {
  const world = useWorld();
  const contacts = useContacts(["accepted", "asked"]);
  const [words, setWords] = useState("");
  const wanted = words.trim().toLocaleLowerCase();
  const shown = contacts.filter(({ name }) =>
    name.toLocaleLowerCase().includes(wanted),
  );
  const open = (contact: Contact) => {
    world.attempt(
      (door) => door.talk(contact.account),
      (chat) => {
        swap({ pane: "chats", talk: chat.id, side: null });
      },
    );
  };
  return (
    <Column
      title={t("new.title")}
      onBack={() => {
        back();
      }}
    >
      <Section>
        <Row
          icon="link"
          title={t("new.add")}
          sub={t("new.add.sub")}
          onClick={toPane("add")}
          leads
        />
        <Row
          icon="qr"
          title={t("new.invite")}
          sub={t("new.invite.sub")}
          onClick={toPane("invite")}
          leads
        />
        <Row
          icon="people"
          title={t("new.group")}
          sub={t("new.group.sub")}
          onClick={toPane("group")}
          leads
        />
      </Section>
      {contacts.length > 6 && (
        <Field label={t("new.search")} value={words} onInput={setWords} />
      )}
      {contacts.length === 0 ? (
        <Empty title={t("new.none")} text={t("new.none.text")} />
      ) : (
        <Section title={t("new.contacts")}>
          {shown.map((contact) => (
            <Row
              key={contact.account}
              before={<Avatar name={contact.name} of={contact.account} />}
              title={<ContactName contact={contact} />}
              {...(contact.sameName
                ? { sub: t("contact.fingerprint", { digits: contact.fingerprint }) }
                : {})}
              onClick={() => {
                open(contact);
              }}
            />
          ))}
        </Section>
      )}
    </Column>
  );
}

function toPane(pane: "add" | "invite" | "group"): () => void {
  return () => {
    go({ pane });
  };
}

/** Contacts to tick. */
export function ContactPicker(props: {
  readonly contacts: readonly Contact[];
  readonly chosen: ReadonlySet<AccountId>;
  readonly onChange: (chosen: ReadonlySet<AccountId>) => void;
}) {
  const toggle = (account: AccountId) => {
    const changed = new Set(props.chosen);
    if (!changed.delete(account)) changed.add(account);
    props.onChange(changed);
  };
  return (
    <div class="picker" role="group" aria-label={t("group.members")}>
      {props.contacts.map((contact) => (
        <label key={contact.account} class="row">
          <Avatar name={contact.name} of={contact.account} />
          <span class="row-body">
            <span class="row-title">
              <ContactName contact={contact} />
            </span>
            {contact.sameName && (
              <span class="row-sub">
                {t("contact.fingerprint", { digits: contact.fingerprint })}
              </span>
            )}
          </span>
          <input
            type="checkbox"
            checked={props.chosen.has(contact.account)}
            onChange={() => {
              toggle(contact.account);
            }}
          />
        </label>
      ))}
    </div>
  );
}

export function NewGroupPane() {
  const world = useWorld();
  const contacts = useContacts(["accepted"]);
  const [title, setTitle] = useState("");
  const [chosen, setChosen] = useState<ReadonlySet<AccountId>>(new Set());
  const [isBusy, setIsBusy] = useState(false);
  const create = () => {
    setIsBusy(true);
    world.attempt(
      (door) =>
        door.newGroup(title.trim(), [...chosen]).finally(() => {
          setIsBusy(false);
        }),
      (chat) => {
        swap({ pane: "chats", talk: chat.id, side: null });
      },
    );
  };
  return (
    <Column
      title={t("group.new")}
      onBack={() => {
        back({ pane: "new" });
      }}
      foot={
        <Button
          kind="main"
          label={t("group.create", { count: chosen.size })}
          isBusy={isBusy}
          disabled={title.trim() === ""}
          onClick={create}
        />
      }
    >
      <Field
        label={t("group.title")}
        value={title}
        onInput={setTitle}
        most={64}
        focuses
      />
      <Section title={t("group.members")} note={t("group.note")}>
        {contacts.length === 0 ? (
          <p class="note">{t("group.nobody")}</p>
        ) : (
          <ContactPicker contacts={contacts} chosen={chosen} onChange={setChosen} />
        )}
      </Section>
    </Column>
  );
}
