/** The records that an activity hangs on, in their order, and which of them is the main one. */
import { useId } from "preact/hooks";
import { IconButton } from "../components/Button";
import { Field } from "../components/Field";
import { RecordPicker } from "../components/RecordPicker";
import type { Kind, RecordName, RecordOf } from "../model";
import { learnNames, recordName } from "../state";
import { kindName } from "../words";
import type { Opened } from "./opened";

export const recordHref = ({ kind, id }: { kind: Kind; id: number }): string => `/app/records/${kind}/${id}`;

const same = (one: RecordName, other: RecordName | null) => one.kind === other?.kind && one.id === other.id;

export function Related({ opened }: { opened: Opened }) {
  const heading = useId();
  const records = opened.value("related");
  const main = opened.value("main");
  const add = (record: RecordOf) => {
    learnNames({ records: [record], users: [] });
    const { kind, id } = record;
    if (!records.some((one) => same(one, record))) opened.change({ related: [...records, { kind, id }] });
  };
  const remove = (record: RecordName) => {
    const related = records.filter((one) => !same(one, record));
    opened.change(same(record, main) ? { related, main: null } : { related });
  };
  return (
    <section class="part" aria-labelledby={heading}>
      <h3 id={heading}>Related records</h3>
      {records.length === 0 && <p class="soft">It hangs on no record yet.</p>}
      <ul class="rows" aria-labelledby={heading}>
        {records.map((record) => (
          <li key={`${record.kind}:${record.id}`} class="row">
            <a class="row-name" href={recordHref(record)}>
              {recordName(record)} <small>{kindName(record.kind)}</small>
            </a>
            <label class="check">
              <input
                type="radio"
                name={`${heading}-main`}
                checked={same(record, main)}
                onChange={() => opened.change({ main: record })}
              />
              Main
            </label>
            <IconButton
              icon="close"
              label={`Remove ${recordName(record)} from the related records`}
              onClick={() => remove(record)}
            />
          </li>
        ))}
      </ul>
      {records.length > 1 && (
        <label class="check">
          <input
            type="radio"
            name={`${heading}-main`}
            checked={main === null}
            onChange={() => opened.change({ main: null })}
          />
          Main by the usual order: deal, lead, project, job, candidate, contact, organization
        </label>
      )}
      <Field label="Add a record" hideLabel error={opened.error("related") ?? opened.error("main")}>
        {(wiring) => (
          <RecordPicker
            id={wiring.id}
            label="Add a record"
            placeholder="Add a deal, candidate, organization …"
            onPick={add}
          />
        )}
      </Field>
    </section>
  );
}
