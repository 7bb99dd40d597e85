/** Who did what, when, with which token and from where: every write, and everybody who came in or could not. For admins. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { api, type Params } from "../api";
import { sequence } from "../changes";
import { Button } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { Field } from "../components/Field";
import { Loaded, useAsked } from "../components/Loaded";
import { Sentinel } from "../components/Sentinel";
import { Empty, Failed, Loading } from "../components/States";
import type { Page } from "../model";
import { Paged } from "../paged";
import { told } from "../panel/told";
import { users, zone } from "../state";
import { fieldName, KINDS } from "../words";
import { addDays, formatMoment, instantOf, rfc3339 } from "../zone";
import "../styles/panel.css";

interface Row {
  sequence: number;
  at: string;
  summary: string;
  user: { id: number; name: string } | null;
  via: string;
  token: { id: number; name: string } | null;
  surface: string;
  address: string;
  request_id: string;
  action: string;
  entity: string;
  entity_id: number;
  fields: { name: string; before: unknown; after: unknown }[];
}

/** What is asked for, as it stands in the controls; empty ones do not matter. */
interface Wanted {
  user_id: string;
  entity: string;
  via: string;
  address: string;
  since: string;
  until: string;
}

const ANYTHING: Wanted = { user_id: "", entity: "", via: "", address: "", since: "", until: "" };

const THINGS: readonly [string, string][] = [
  ["activity", "Activities"],
  ...KINDS.map(({ kind, many }): [string, string] => [kind, many]),
  ["session", "Signing in and out"],
  ["password", "Passwords"],
  ["sign_in_link", "Sign-in links"],
  ["token", "Tokens"],
  ["webhook", "Webhooks"],
  ["delivery", "Tests and replays of webhooks"],
  ["job_retry", "Jobs tried again"],
  ["integrated_account", "Integrated accounts"],
  ["remote_note", "Notes in other systems"],
  ["sealing", "Secrets sealed anew"],
  ["person_export", "People taken out"],
  ["user", "Users"],
  ["type", "Activity types"],
  ["filter", "Filters"],
  ["account", "Settings"],
];

const WAYS: readonly [string, string][] = [
  ["page", "This page"],
  ["token", "A token"],
  ["command line", "The command line"],
  ["worker", "The worker"],
];

const SURFACES: { [name: string]: string } = {
  pipedrive: "Pipedrive",
  atz: "ATZ CRM",
  reevo: "Reevo",
  truto: "Truto",
  dayline: "Dayline",
};

/** Days are those of the zone that everything is shown in; the last one is still meant. */
function asked({ since, until, ...rest }: Wanted): Params {
  const begin = (date: string) => rfc3339(instantOf(date, "00:00", zone.value));
  return { ...rest, since: since && begin(since), until: until && begin(addDays(until, 1)) };
}

export function Audit() {
  const wanted = useSignal(ANYTHING);
  const opened = useSignal<Row | null>(null);
  const params = asked(wanted.value);
  const key = JSON.stringify(params);
  const rows = useMemo(
    () =>
      new Paged<Row>((cursor, signal, limit) => api.get<Page<Row>>("/audit", { ...params, cursor, limit }, { signal })),
    [key],
  );
  return (
    <section class="part" aria-labelledby="audit">
      <header class="page-head">
        <div>
          <h2 id="audit">Audit</h2>
          <p class="soft">Who did what, with which token and from where. The latest first.</p>
        </div>
        <a class="button plain" href={api.href("/audit/export", params)} download>
          Get it as CSV
        </a>
      </header>
      <Narrowing wanted={wanted} />
      <Newer rows={rows} />
      <Rows rows={rows} narrowed={wanted.value !== ANYTHING} onOpen={(row) => (opened.value = row)} />
      {opened.value && <Details row={opened.value} onClose={() => (opened.value = null)} />}
    </section>
  );
}

function Narrowing({ wanted }: { wanted: Signal<Wanted> }) {
  const set = (change: Partial<Wanted>) => {
    wanted.value = { ...wanted.peek(), ...change };
  };
  const select = (
    name: "user_id" | "entity" | "via",
    label: string,
    all: string,
    options: readonly [string, string][],
  ) => (
    <Field label={label}>
      {(wiring) => (
        <select
          {...wiring}
          class="select"
          value={wanted.value[name]}
          onChange={(event) => set({ [name]: event.currentTarget.value })}
        >
          <option value="">{all}</option>
          {options.map(([value, text]) => (
            <option key={value} value={value}>
              {text}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
  const input = (name: "address" | "since" | "until", label: string, type: string) => (
    <Field label={label}>
      {(wiring) => (
        <input
          {...wiring}
          class="input"
          type={type}
          value={wanted.value[name]}
          onChange={(event) => set({ [name]: event.currentTarget.value.trim() })}
        />
      )}
    </Field>
  );
  const people = users.value.map((user): [string, string] => [String(user.id), user.name]);
  return (
    <fieldset class="choices narrowing">
      <legend class="unseen">Show only</legend>
      <div class="fields">
        {select("user_id", "Who", "Anybody", [...people, ["0", "Nobody of the account"]])}
        {select("entity", "What", "Anything", THINGS)}
        {select("via", "By way of", "Any way", WAYS)}
        {input("address", "From the address", "text")}
        {input("since", "From", "date")}
        {input("until", "To", "date")}
      </div>
      {wanted.value !== ANYTHING && (
        <Button
          look="quiet"
          onClick={() => {
            wanted.value = ANYTHING;
          }}
        >
          Show all
        </Button>
      )}
    </fieldset>
  );
}

/** What is done meanwhile does not push away what somebody reads: it is offered. */
function Newer({ rows }: { rows: Paged<Row> }) {
  const known = useSignal(0);
  useEffect(() => {
    known.value = sequence.peek();
    rows.again();
  }, [rows]);
  useEffect(() => {
    if (!known.peek()) known.value = sequence.value; // where the log ended, once that has been told
  }, [sequence.value]);
  if (!known.value || sequence.value <= known.value) return null;
  return (
    <div class="callout" role="status">
      <span>More has been done since.</span>
      <Button
        onClick={() => {
          known.value = sequence.peek();
          rows.again();
        }}
      >
        Show it
      </Button>
    </div>
  );
}

interface RowsProps {
  rows: Paged<Row>;
  narrowed: boolean;
  onOpen: (row: Row) => void;
}

function Rows({ rows, narrowed, onOpen }: RowsProps) {
  const items = rows.items.value;
  if (rows.empty.value) {
    return (
      <Empty title={narrowed ? "Nothing like that was done" : "Nothing has been done yet"}>
        {narrowed && <p>Ask for less, or for a longer time.</p>}
      </Empty>
    );
  }
  if (!items.length && rows.failure.value) {
    return <Failed failure={rows.failure.value} onRetry={() => rows.again()} />;
  }
  return (
    <>
      {!items.length && <Loading text="Looking …" />}
      {items.length > 0 && (
        <table class="table">
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">When</th>
              <th scope="col">By way of</th>
              <th scope="col">From</th>
            </tr>
          </thead>
          <tbody>
            {items.map((row) => (
              <tr key={row.sequence}>
                <th scope="row">
                  <button type="button" class="entry-title" aria-haspopup="dialog" onClick={() => onOpen(row)}>
                    {row.summary}
                  </button>
                </th>
                <td data-label="When">
                  <time dateTime={row.at}>{formatMoment(row.at, zone.value)}</time>
                </td>
                <td data-label="By way of">{wayOf(row)}</td>
                <td data-label="From">{row.address && <code>{row.address}</code>}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
      <Sentinel paged={rows} />
    </>
  );
}

function wayOf({ via, token, surface }: Row): string {
  const way = token ? `token ${token.name || token.id}` : (WAYS.find(([key]) => key === via)?.[1] ?? via);
  const tongue = via === "page" ? undefined : SURFACES[surface];
  return tongue ? `${way}, ${tongue}` : way;
}

function Details({ row, onClose }: { row: Row; onClose: () => void }) {
  // A list cuts long texts off.
  const asked = useAsked(() => api.get<Row>(`/audit/${row.sequence}`));
  return (
    <Dialog title={row.summary} onClose={onClose}>
      <Loaded asked={asked}>{(whole) => <Told row={whole} />}</Loaded>
      <div class="dialog-foot">
        <Button look="primary" onClick={onClose}>
          Close
        </Button>
      </div>
    </Dialog>
  );
}

function said(name: string, value: unknown): string {
  return name.endsWith("_at") && typeof value === "string" ? formatMoment(value, zone.value) : told(name, value);
}

function Told({ row }: { row: Row }) {
  const facts: [string, string][] = [
    ["When", formatMoment(row.at, zone.value)],
    ["Who", row.user?.name ?? "Nobody of the account"],
    ["By way of", wayOf(row)],
    ["From", row.address || "Not known"],
    ["Request", row.request_id || "None"],
    ["Number", String(row.sequence)],
  ];
  return (
    <>
      <dl class="changes">
        {facts.map(([name, text]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{text}</dd>
          </div>
        ))}
      </dl>
      {row.fields.length > 0 && <h3>{row.action === "changed" ? "What changed" : "What was in it"}</h3>}
      <dl class="changes" aria-label="Fields">
        {row.fields.map(({ name, before, after }) => (
          <div key={name}>
            <dt>{fieldName(name)}</dt>
            <dd>
              {row.action === "changed" ? (
                <>
                  <del>{said(name, before)}</del> <span aria-hidden="true">→</span> <ins>{said(name, after)}</ins>
                </>
              ) : (
                said(name, after ?? before)
              )}
            </dd>
          </div>
        ))}
      </dl>
    </>
  );
}
