/** Everybody and everything that activities hang on: by kind, with search. */
import { useSignal, useSignalEffect } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { api } from "../api";
import { useArrival } from "../arrival";
import { put } from "../bind";
import { sequence } from "../changes";
import { Button } from "../components/Button";
import { Icon } from "../components/Icon";
import { Sentinel } from "../components/Sentinel";
import { Empty, Failed, Loading } from "../components/States";
import { toast, toastFailure } from "../components/Toast";
import { useShortcuts } from "../keyboard";
import type { Kind, Page, RecordOf } from "../model";
import { Paged } from "../paged";
import { recordHref } from "../panel/Related";
import { RecordForm } from "../records/RecordForm";
import { navigate, route, setQuery } from "../router";
import { userName, zone } from "../state";
import { isKind, KINDS, kindName } from "../words";
import { formatDay } from "../zone";
import "../styles/parts.css";
import "../styles/pages.css";

const manyOf = (kind: Kind | undefined): string => KINDS.find((one) => one.kind === kind)?.many ?? "Records";

const PAUSE = 200; // ms after the last key

/** `kind` is the part of the address after /app/records, or nothing for all kinds. */
export function RecordsPage({ kind: named }: { kind?: string }) {
  const kind = isKind(named) ? named : undefined;
  const q = route.value.query.get("q") ?? "";
  const deleted = route.value.query.has("deleted");
  useArrival(manyOf(kind));
  const creating = useSignal(false);
  const records = useMemo(
    () =>
      new Paged<RecordOf>((cursor, signal, limit = 60) =>
        api.get<Page<RecordOf>>("/records", { kind, q, deleted: deleted || null, cursor, limit }, { signal }),
      ),
    [kind, q, deleted],
  );
  const changes = sequence.value;
  useEffect(() => {
    records.again();
  }, [records, changes]);
  return (
    <div class="reading records-page">
      <header class="page-head">
        <h1>{manyOf(kind)}</h1>
        <Button icon="add" look="primary" onClick={put(creating, true)}>
          New
        </Button>
      </header>
      <nav class="kinds" aria-label="Kinds of records">
        <KindLink label="All" to="/app/records" current={!kind} />
        {KINDS.map((one) => (
          <KindLink key={one.kind} label={one.many} to={`/app/records/${one.kind}`} current={one.kind === kind} />
        ))}
      </nav>
      <div class="search-line">
        <Search />
        <label class="check">
          <input
            type="checkbox"
            checked={deleted}
            onChange={(event) => setQuery({ deleted: event.currentTarget.checked ? "1" : null })}
          />
          Deleted ones
        </label>
      </div>
      <Records records={records} kind={kind} sought={q} deleted={deleted} />
      {creating.value && (
        <RecordForm
          kind={kind}
          onClose={put(creating, false)}
          onDone={(record) => {
            creating.value = false;
            navigate(recordHref(record));
            toast(`${record.name} is created.`);
          }}
        />
      )}
    </div>
  );
}

function KindLink({ label, to, current }: { label: string; to: string; current: boolean }) {
  const q = route.value.query.get("q");
  return (
    <a href={q ? `${to}?q=${encodeURIComponent(q)}` : to} aria-current={current ? "page" : undefined}>
      {label}
    </a>
  );
}

function Search() {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<ReturnType<typeof setTimeout>>();
  useShortcuts([{ key: "/", does: "Search", run: () => input.current?.focus() }]);
  useSignalEffect(() => {
    const q = route.value.query.get("q") ?? "";
    if (input.current && document.activeElement !== input.current) input.current.value = q;
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  return (
    <div class="search">
      <Icon name="search" />
      <input
        ref={input}
        class="input"
        type="search"
        aria-label="Search by name or email"
        placeholder="Search by name or email"
        maxLength={200}
        onInput={(event) => {
          const q = event.currentTarget.value.trim();
          clearTimeout(timer.current);
          timer.current = setTimeout(() => setQuery({ q }), PAUSE);
        }}
      />
    </div>
  );
}

interface RecordsProps {
  records: Paged<RecordOf>;
  kind: Kind | undefined;
  sought: string;
  deleted: boolean;
}

function Records({ records, kind, sought, deleted }: RecordsProps) {
  const items = records.items.value;
  if (records.failure.value && !items.length) {
    return <Failed failure={records.failure.value} onRetry={() => records.again()} />;
  }
  if (!items.length && !records.whole.value) return <Loading text="Loading the records …" />;
  if (!items.length) {
    const what = manyOf(kind).toLowerCase();
    return (
      <Empty title={sought ? `No ${what} with “${sought}”` : deleted ? `No deleted ${what}` : `No ${what} yet`}>
        <p>
          {sought ? "Try fewer letters, or look among all kinds." : "Add one with New, or bring them in from a file:"}
        </p>
        {!sought && <code>dayline records import FILE</code>}
      </Empty>
    );
  }
  return (
    <>
      <table class="table records">
        <thead>
          <tr>
            <th scope="col">Name</th>
            {!kind && <th scope="col">Kind</th>}
            <th scope="col">Email</th>
            <th scope="col">Phone</th>
            <th scope="col">Owner</th>
            <th scope="col">Changed</th>
            {deleted && (
              <th scope="col">
                <span class="unseen">Restore</span>
              </th>
            )}
          </tr>
        </thead>
        <tbody>
          {items.map((record) => (
            <tr key={`${record.kind}:${record.id}`}>
              <th scope="row">{deleted ? record.name : <a href={recordHref(record)}>{record.name}</a>}</th>
              {!kind && <td data-label="Kind">{kindName(record.kind)}</td>}
              <td data-label="Email">{record.email}</td>
              <td data-label="Phone" class="one-line">
                {record.phone}
              </td>
              <td data-label="Owner" class="one-line">
                {record.owner_id !== null && userName(record.owner_id)}
              </td>
              <td data-label="Changed" class="one-line">
                {formatDay(record.updated_at, zone.value)}
              </td>
              {deleted && (
                <td>
                  <Button icon="restore" aria-label={`Restore ${record.name}`} onClick={() => restore(record, records)}>
                    Restore
                  </Button>
                </td>
              )}
            </tr>
          ))}
        </tbody>
      </table>
      <Sentinel paged={records} />
    </>
  );
}

async function restore(record: RecordOf, records: Paged<RecordOf>): Promise<void> {
  try {
    await api.send("POST", `/records/${record.kind}/${record.id}/restore`);
    records.replace((one) => one === record, null);
    toast(`${record.name} is back.`);
  } catch (failure) {
    toastFailure(failure);
  }
}
