/** One candidate, contact, organization, job, deal or another record, and its story. */
import { useSignal } from "@preact/signals";
import { api } from "../api";
import { useArrival } from "../arrival";
import { put } from "../bind";
import { sequence } from "../changes";
import { Button } from "../components/Button";
import { Loaded, useAsked } from "../components/Loaded";
import { Empty } from "../components/States";
import { type Shown, toast, toastFailure, undoable } from "../components/Toast";
import type { Kind, RecordOf } from "../model";
import { recordHref } from "../panel/Related";
import { QuickLine } from "../records/QuickLine";
import { RecordForm } from "../records/RecordForm";
import { Timeline } from "../records/Timeline";
import { navigate } from "../router";
import { userName } from "../state";
import { isKind, KINDS, kindName } from "../words";
import "../styles/parts.css";
import "../styles/pages.css";

export function RecordPage({ kind, id }: { kind: string; id: string }) {
  if (!isKind(kind)) {
    return (
      <Empty title="There are no records of this kind">
        <a href="/app/records">All records</a>
      </Empty>
    );
  }
  return <One key={`${kind}:${id}`} kind={kind} name={id} />;
}

function One({ kind, name }: { kind: Kind; name: string }) {
  const asked = useAsked(
    () => api.get<RecordOf>(`/records/${kind}/${encodeURIComponent(name)}`),
    [kind, name, sequence.value],
  );
  useArrival(asked.value.value?.name);
  return (
    <div class="reading record-page">
      <nav aria-label="Where this is">
        <a href={`/app/records/${kind}`}>{KINDS.find((one) => one.kind === kind)?.many}</a>
      </nav>
      <Loaded asked={asked} text="Loading the record …">
        {(record) => (
          <>
            <Head record={record} onChanged={asked.again} />
            {!record.deleted_at && <QuickLine kind={kind} id={record.id} />}
            <Timeline kind={kind} id={record.id} />
          </>
        )}
      </Loaded>
    </div>
  );
}

function Head({ record, onChanged }: { record: RecordOf; onChanged: () => Promise<void> }) {
  const changing = useSignal(false);
  return (
    <>
      <header class="page-head">
        <div>
          <h1>{record.name}</h1>
          <Facts record={record} />
        </div>
        {record.deleted_at ? (
          <Button icon="restore" onClick={() => restore(record).then(onChanged, toastFailure)}>
            Restore
          </Button>
        ) : (
          <div class="actions">
            <a class="button" href={`/app/activities/new?record=${record.kind}:${record.id}`}>
              Plan something
            </a>
            <Button onClick={put(changing, true)}>Change</Button>
            <Button look="danger" icon="trash" onClick={() => void undoable(remove(record))}>
              Delete
            </Button>
          </div>
        )}
      </header>
      {changing.value && (
        <RecordForm
          record={record}
          onClose={put(changing, false)}
          onDone={() => {
            changing.value = false;
            onChanged();
          }}
        />
      )}
    </>
  );
}

function Facts({ record }: { record: RecordOf }) {
  return (
    <p class="record-facts">
      <span>{kindName(record.kind)}</span>
      {record.email && <a href={`mailto:${encodeURIComponent(record.email).replace("%40", "@")}`}>{record.email}</a>}
      {record.phone && <a href={`tel:${record.phone.replace(/[^+\d]/g, "")}`}>{record.phone}</a>}
      {record.owner_id !== null && <span>Owner: {userName(record.owner_id)}</span>}
      {record.external_id && <span>Elsewhere: {record.external_id}</span>}
      {record.deleted_at && <span class="overdue">Deleted</span>}
    </p>
  );
}

const pathOf = ({ kind, id }: RecordOf): string => `/records/${kind}/${id}`;

async function restore(record: RecordOf): Promise<void> {
  await api.send("POST", `${pathOf(record)}/restore`);
}

async function remove(record: RecordOf): Promise<Shown | undefined> {
  try {
    await api.send("DELETE", pathOf(record));
  } catch (failure) {
    toastFailure(failure);
    return undefined;
  }
  navigate(`/app/records/${record.kind}`);
  return toast(`${record.name} is deleted. Its activities stay.`, {
    undo: async () => {
      await restore(record);
      navigate(recordHref(record));
    },
  });
}
