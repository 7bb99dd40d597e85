/** The people of an activity: who owns it, who works on it too, who is invited, and whom it is about. */
import { useId } from "preact/hooks";
import { api } from "../api";
import { IconButton } from "../components/Button";
import { Field } from "../components/Field";
import { Picker } from "../components/Picker";
import { RecordPicker } from "../components/RecordPicker";
import type { AttendeeName, AttendeeStatus, Page, RecordOf } from "../model";
import { learnNames, recordName, userName, users } from "../state";
import { STATUSES } from "../words";
import type { Opened } from "./opened";
import { recordHref } from "./Related";

export function People({ opened }: { opened: Opened }) {
  return (
    <section class="part" aria-label="People">
      <h3>People</h3>
      <div class="fields">
        <Owner opened={opened} />
        <Collaborators opened={opened} />
      </div>
      <Attendees opened={opened} />
      <Participants opened={opened} />
    </section>
  );
}

function Owner({ opened }: { opened: Opened }) {
  const owner = opened.value("owner_id");
  const offered = users.value.filter((user) => user.active || user.id === owner);
  return (
    <Field label="Owner" error={opened.error("owner_id")}>
      {(wiring) => (
        <select
          {...wiring}
          class="select"
          value={owner}
          onChange={(event) => opened.change({ owner_id: Number(event.currentTarget.value) })}
        >
          {offered.map((user) => (
            <option key={user.id} value={user.id}>
              {user.name}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function Collaborators({ opened }: { opened: Opened }) {
  const chosen = opened.value("collaborators");
  const search = async (text: string) =>
    users.value.filter((user) => user.active && !chosen.includes(user.id) && fits(text, user.name, user.email));
  return (
    <Field label="Collaborators" error={opened.error("collaborators")}>
      {(wiring) => (
        <>
          {chosen.length > 0 && (
            <ul class="chips">
              {chosen.map((id) => (
                <li key={id} class="chip">
                  {userName(id)}
                  <IconButton
                    icon="close"
                    label={`Remove ${userName(id)} from the collaborators`}
                    onClick={() => opened.change({ collaborators: chosen.filter((other) => other !== id) })}
                  />
                </li>
              ))}
            </ul>
          )}
          <Picker
            id={wiring.id}
            label="Collaborators"
            placeholder="Add a user …"
            search={search}
            keyOf={(user) => String(user.id)}
            show={(user) => <span class="picker-name">{user.name}</span>}
            onPick={(user) => opened.change({ collaborators: [...chosen, user.id] })}
          />
        </>
      )}
    </Field>
  );
}

interface Invitable extends AttendeeName {
  shown: string;
  beside: string;
}

function Attendees({ opened }: { opened: Opened }) {
  const heading = useId();
  const people = opened.value("attendees");
  const write = (attendees: AttendeeName[]) => opened.change({ attendees });
  const change = (at: number, change: Partial<AttendeeName>) =>
    write(people.map((person, place) => (place === at ? { ...person, ...change } : person)));
  const organize = (at: number, organizer: boolean) =>
    write(people.map((person, place) => ({ ...person, organizer: organizer && place === at })));
  return (
    <div class="group">
      <h4 id={heading}>Attendees</h4>
      {people.length === 0 && <p class="soft">Nobody is invited.</p>}
      <ul class="rows" aria-labelledby={heading}>
        {people.map((person, at) => (
          <li key={keyOf(person)} class="row">
            <span class="row-name">
              {attendeeName(person)} <small>{person.kind === "email" ? "by email" : person.kind}</small>
            </span>
            <select
              class="select small"
              aria-label={`Answer of ${attendeeName(person)}`}
              value={person.status}
              onChange={(event) => change(at, { status: event.currentTarget.value as AttendeeStatus })}
            >
              {STATUSES.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
            <label class="check">
              <input
                type="checkbox"
                checked={person.organizer}
                onChange={(event) => organize(at, event.currentTarget.checked)}
              />
              Organizer
            </label>
            <IconButton
              icon="close"
              label={`Remove ${attendeeName(person)} from the attendees`}
              onClick={() => write(people.filter((_, place) => place !== at))}
            />
          </li>
        ))}
      </ul>
      <Field label="Invite" hideLabel error={opened.error("attendees")}>
        {(wiring) => (
          <Picker<Invitable>
            id={wiring.id}
            label="Invite"
            placeholder="Invite a colleague, contact, candidate or address …"
            search={async (text, signal) => (await invitable(text, signal)).filter((one) => !people.some(is(one)))}
            keyOf={keyOf}
            show={(one) => (
              <>
                <span class="picker-name">{one.shown}</span>
                <span class="picker-kind">{one.beside}</span>
              </>
            )}
            onPick={({ shown: _, beside: __, ...person }) => write([...people, person])}
          />
        )}
      </Field>
      <label class="check">
        <input
          type="checkbox"
          checked={opened.value("invite")}
          onChange={(event) => opened.change({ invite: event.currentTarget.checked })}
        />
        Invitations may be sent
      </label>
    </div>
  );
}

/** Whom the text could mean: colleagues, contacts and candidates, and itself where it is an address. */
async function invitable(text: string, signal: AbortSignal): Promise<Invitable[]> {
  const found = async (kind: "contact" | "candidate") =>
    (await api.get<Page<RecordOf>>("/records", { kind, q: text, limit: 6 }, { signal })).data;
  const [contacts, candidates] = await Promise.all([found("contact"), found("candidate")]);
  learnNames({ records: [...contacts, ...candidates], users: [] });
  const fresh = { status: "noreply", organizer: false } as const;
  const colleagues = users.value.filter((user) => user.active && fits(text, user.name, user.email));
  return [
    ...(/^[^@\s]+@[^@\s]+$/.test(text)
      ? [{ kind: "email" as const, email: text, shown: text, beside: "address", ...fresh }]
      : []),
    ...colleagues.slice(0, 6).map((user) => ({
      kind: "user" as const,
      id: user.id,
      shown: user.name,
      beside: "user",
      ...fresh,
    })),
    ...[...contacts, ...candidates].map((record) => ({
      kind: record.kind as "contact" | "candidate",
      id: record.id,
      shown: record.name,
      beside: record.email ? `${record.kind}, ${record.email}` : record.kind,
      ...fresh,
    })),
  ];
}

const keyOf = (person: AttendeeName): string => `${person.kind}:${person.id ?? person.email?.toLowerCase()}`;
const is = (one: AttendeeName) => (other: AttendeeName) => keyOf(one) === keyOf(other);

function attendeeName(person: AttendeeName): string {
  if (person.name) return person.name;
  if (person.kind === "email" || person.id === undefined) return person.email ?? "Somebody";
  return person.kind === "user" ? userName(person.id) : recordName({ kind: person.kind, id: person.id });
}

const fits = (text: string, ...names: string[]): boolean =>
  names.some((name) => name.toLowerCase().includes(text.toLowerCase()));

function Participants({ opened }: { opened: Opened }) {
  const heading = useId();
  const people = opened.value("participants");
  const name = (id: number) => recordName({ kind: "contact", id });
  const add = (record: RecordOf) => {
    learnNames({ records: [record], users: [] });
    if (people.some((person) => person.id === record.id)) return;
    opened.change({ participants: [...people, { id: record.id, primary: people.length === 0 }] });
  };
  return (
    <div class="group">
      <h4 id={heading}>Participants</h4>
      <p class="soft">Contacts whom it is about, invited or not.</p>
      <ul class="rows" aria-labelledby={heading}>
        {people.map((person) => (
          <li key={person.id} class="row">
            <a class="row-name" href={recordHref({ kind: "contact", id: person.id })}>
              {name(person.id)}
            </a>
            <label class="check">
              <input
                type="radio"
                name={`${heading}-primary`}
                checked={person.primary}
                onChange={() =>
                  opened.change({ participants: people.map(({ id }) => ({ id, primary: id === person.id })) })
                }
              />
              Primary
            </label>
            <IconButton
              icon="close"
              label={`Remove ${name(person.id)} from the participants`}
              onClick={() => opened.change({ participants: people.filter(({ id }) => id !== person.id) })}
            />
          </li>
        ))}
      </ul>
      <Field label="Add a participant" hideLabel error={opened.error("participants")}>
        {(wiring) => (
          <RecordPicker
            id={wiring.id}
            kind="contact"
            label="Add a participant"
            placeholder="Add a contact …"
            onPick={add}
          />
        )}
      </Field>
    </div>
  );
}
