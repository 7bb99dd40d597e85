/** What calendar and list are narrowed to, as controls: by type, owner, done, record. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { api, session } from "../api";
import { colourOf } from "../colours";
import { clearFilters, filters, narrowed, setFilters } from "../filters";
import type { Kind, RecordOf } from "../model";
import { learnNames, recordName, types, userName, users } from "../state";
import { Button, IconButton } from "./Button";
import { Field } from "./Field";
import { RecordPicker } from "./RecordPicker";

function Types() {
  const chosen = filters.value.types;
  const toggle = (key: string) =>
    setFilters({ types: chosen.includes(key) ? chosen.filter((one) => one !== key) : [...chosen, key] });
  return (
    <fieldset class="plain-set">
      <legend class="legend">Type</legend>
      {types.value
        .filter((type) => type.active || chosen.includes(type.key))
        .map((type) => (
          <label key={type.key} class="check">
            <input type="checkbox" checked={chosen.includes(type.key)} onChange={() => toggle(type.key)} />
            <span class="dot" style={{ "--type": colourOf(type.key) }} />
            <span class="one-line">{type.label}</span>
          </label>
        ))}
    </fieldset>
  );
}

function Owner() {
  const me = session.value?.user.id ?? 0;
  return (
    <Field label="Owner">
      {(wiring) => (
        <select
          {...wiring}
          class="select"
          value={filters.value.owner ?? ""}
          onChange={(event) => setFilters({ owner: Number(event.currentTarget.value) || null })}
        >
          <option value="">Everybody</option>
          <option value={me}>{userName(me)} (me)</option>
          {users.value
            .filter((user) => user.id !== me && (user.active || user.id === filters.value.owner))
            .map((user) => (
              <option key={user.id} value={user.id}>
                {user.name}
              </option>
            ))}
        </select>
      )}
    </Field>
  );
}

const DONE = [
  { label: "All", value: null },
  { label: "Open", value: false },
  { label: "Done", value: true },
];

function Done() {
  return (
    <fieldset class="plain-set">
      <legend class="unseen">State</legend>
      <div class="segments wide">
        {DONE.map((one) => (
          <button
            type="button"
            key={one.label}
            aria-pressed={filters.value.done === one.value}
            onClick={() => setFilters({ done: one.value })}
          >
            {one.label}
          </button>
        ))}
      </div>
    </fieldset>
  );
}

function About() {
  const record = filters.value.record;
  const [kind, id] = record?.split(":") ?? [];
  const known = useSignal("");
  useSignalEffect(() => {
    const [kind, id] = filters.value.record?.split(":") ?? [];
    if (!kind || !id || known.peek() === `${kind}:${id}`) return;
    known.value = `${kind}:${id}`;
    // A link brings the number only: ask for the name, and stay with the number where there is none.
    api.get<RecordOf>(`/records/${kind}/${id}`).then(
      (found) => learnNames({ records: [found], users: [] }),
      () => undefined,
    );
  });
  return (
    <Field label="About">
      {(wiring) =>
        kind && id ? (
          <span class="chip">
            <span>{recordName({ kind: kind as Kind, id: Number(id) })}</span>
            <IconButton icon="close" label="About anything" onClick={() => setFilters({ record: null })} />
          </span>
        ) : (
          <RecordPicker
            id={wiring.id}
            label="Only about this record"
            placeholder="Anything"
            onPick={(found) => {
              learnNames({ records: [found], users: [] });
              known.value = `${found.kind}:${found.id}`;
              setFilters({ record: `${found.kind}:${found.id}` });
            }}
          />
        )
      }
    </Field>
  );
}

export function Filters() {
  return (
    <section class="filters" aria-label="Filters">
      <header class="filters-head">
        <h2 class="legend">Show</h2>
        <Button look="quiet" class="filters-clear" disabled={!narrowed.value} onClick={clearFilters}>
          Clear
        </Button>
      </header>
      <Done />
      <Owner />
      <About />
      <Types />
    </section>
  );
}
