/** Customers' accounts in other systems: how each stands, what to do where one does not work, what was called. For admins. */
import { useSignal } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { api } from "../api";
import { useArrival } from "../arrival";
import { Copyable } from "../components/Copy";
import { Listed } from "../components/Listed";
import { Loaded, useAsked } from "../components/Loaded";
import { Segments } from "../components/Segments";
import { Empty } from "../components/States";
import { useEvery } from "../every";
import type { IntegratedAccount, Page, RemoteCall } from "../model";
import { Paged } from "../paged";
import { route } from "../router";
import { zone } from "../state";
import { formatMoment } from "../zone";
import "../styles/panel.css";

const LOOK = 5_000;
const ALL = "/app/admin/integrated";

const SYSTEMS: { [integration: string]: string } = { ashby: "Ashby", lever: "Lever", recruitee: "Recruitee" };
const systemName = (integration: string): string => SYSTEMS[integration] ?? integration;
const nameOf = ({ label, tenant_id }: IntegratedAccount): string => label || tenant_id;

/** The one that the address names, or all of them. */
export function Integrated() {
  const id = route.value.query.get("account");
  return id ? <OneAccount key={id} id={id} /> : <AllAccounts />;
}

function AllAccounts() {
  const paged = useMemo(
    () =>
      new Paged<IntegratedAccount>((cursor, signal, limit) =>
        api.get<Page<IntegratedAccount>>("/integrated-accounts", { cursor, limit }, { signal }),
      ),
    [],
  );
  useArrival(undefined);
  useEvery(LOOK, () => paged.loading.peek() || paged.again());
  return (
    <section class="part" aria-labelledby="integrated">
      <h2 id="integrated">Integrated accounts</h2>
      <p class="soft">Customers’ accounts in other systems, whose activities are read and written there.</p>
      <Listed
        paged={paged}
        text="Loading the integrated accounts …"
        empty={
          <>
            <Empty title="Nothing is connected">
              <p>Whoever has the credential connects an account where Dayline runs, for example:</p>
            </Empty>
            <Copyable text="dayline connect lever --tenant acme-1" label="The command that connects an account" />
          </>
        }
      >
        {(accounts) => <AccountTable accounts={accounts} />}
      </Listed>
    </section>
  );
}

function AccountTable({ accounts }: { accounts: readonly IntegratedAccount[] }) {
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">Account</th>
          <th scope="col">System</th>
          <th scope="col">How it stands</th>
          <th scope="col">Last error</th>
          <th scope="col">Last call</th>
        </tr>
      </thead>
      <tbody>
        {accounts.map((account) => (
          <tr key={account.id}>
            <th scope="row">
              <a href={`${ALL}?account=${account.id}`}>{nameOf(account)}</a>{" "}
              <small>
                {account.label ? account.tenant_id : ""} {account.sandbox && "(sandbox)"}
              </small>
            </th>
            <td data-label="System">{systemName(account.integration)}</td>
            <td data-label="How it stands">
              <Standing account={account} />
            </td>
            <td data-label="Last error">{account.last_error}</td>
            <td data-label="Last call">{account.last_call ? <CallWords call={account.last_call} /> : "never"}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Standing({ account: { status, status_since: since } }: { account: IntegratedAccount }) {
  const works = status === "active";
  return (
    <span>
      <span class={works ? "" : "failing"}>{works ? "Works" : "Needs a new credential"}</span>
      <small class="below"> since {formatMoment(since, zone.value)}</small>
    </span>
  );
}

function CallWords({ call }: { call: RemoteCall }) {
  return (
    <span>
      {formatMoment(call.at, zone.value)}
      <small class={`below ${isFailed(call) ? "failing" : ""}`}> {callAnswer(call)}</small>
    </span>
  );
}

const isFailed = ({ status, error }: RemoteCall): boolean =>
  status === null || status < 200 || status > 299 || error !== "";

const callAnswer = ({ status, ms }: RemoteCall): string =>
  `${status === null ? "no answer after" : `${status} in`} ${ms.toLocaleString("en")} ms`;

function OneAccount({ id }: { id: string }) {
  const path = `/integrated-accounts/${encodeURIComponent(id)}`;
  const asked = useAsked(() => api.get<IntegratedAccount>(path));
  useArrival(undefined);
  useEvery(LOOK, asked.again);
  return (
    <section class="part" aria-label="Integrated account">
      <p>
        <a href={ALL}>All integrated accounts</a>
      </p>
      <Loaded asked={asked} text="Loading the integrated account …">
        {(account) => (
          <>
            <h2>{nameOf(account)}</h2>
            <WhatToDo account={account} />
            <Facts account={account} />
            <Calls path={`${path}/calls`} last={account.last_call?.id} />
          </>
        )}
      </Loaded>
    </section>
  );
}

function WhatToDo({ account }: { account: IntegratedAccount }) {
  if (account.status === "active") return null;
  const system = systemName(account.integration);
  return (
    <div class="callout warning still" role="status">
      <p>
        <strong>{system} refuses the credential</strong>
        {account.last_error && `: “${account.last_error}”`}. Nothing can be read or written there until it has another
        one.
      </p>
      <p>Make a new key in {system}, and give it where Dayline runs. The account keeps its id:</p>
      <Copyable
        text={`dayline connect ${account.integration} --again ${account.id}`}
        label="The command that gives a new credential"
      />
    </div>
  );
}

function Facts({ account }: { account: IntegratedAccount }) {
  return (
    <dl class="facts">
      <dt>How it stands</dt>
      <dd>
        <Standing account={account} />
      </dd>
      <dt>System</dt>
      <dd>
        {systemName(account.integration)}
        {account.sandbox && ", a sandbox"}
      </dd>
      <dt>Customer</dt>
      <dd>{account.tenant_id}</dd>
      <dt>Id</dt>
      <dd>
        <code>{account.id}</code>
      </dd>
      <dt>Connected</dt>
      <dd>{formatMoment(account.created_at, zone.value)}</dd>
    </dl>
  );
}

type Chosen = "all" | "failed";

const CHOICES: readonly { value: Chosen; label: string }[] = [
  { value: "all", label: "All" },
  { value: "failed", label: "Failed" },
];

function Calls({ path, last }: { path: string; last: string | undefined }) {
  const chosen = useSignal<Chosen>("all");
  const failed = chosen.value === "failed";
  const paged = useMemo(
    () =>
      new Paged<RemoteCall>((cursor, signal, limit) =>
        api.get<Page<RemoteCall>>(path, { failed, cursor, limit: limit ?? 50 }, { signal }),
      ),
    [failed],
  );
  useEffect(() => {
    if (paged.items.peek().length) paged.again();
  }, [last]);
  return (
    <section class="part" aria-labelledby="remote-calls">
      <header class="page-head">
        <h3 id="remote-calls">What was called there</h3>
        <Segments
          label="Show"
          options={CHOICES}
          value={chosen.value}
          onChoose={(value) => {
            chosen.value = value;
          }}
        />
      </header>
      <Listed
        paged={paged}
        text="Loading the calls …"
        empty={<Empty title={failed ? "No call has failed" : "Nothing has been called yet"} />}
      >
        {(calls) => <CallTable calls={calls} />}
      </Listed>
    </section>
  );
}

function CallTable({ calls }: { calls: readonly RemoteCall[] }) {
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">When</th>
          <th scope="col">Request</th>
          <th scope="col">Answer</th>
          <th scope="col">What went wrong</th>
        </tr>
      </thead>
      <tbody>
        {calls.map((call) => (
          <tr key={call.id}>
            <th scope="row">{call.operation}</th>
            <td data-label="When">
              <time dateTime={call.at}>{formatMoment(call.at, zone.value)}</time>
            </td>
            <td data-label="Request">
              <code>
                {call.method} {call.path}
              </code>
            </td>
            <td data-label="Answer" class={isFailed(call) ? "failing" : ""}>
              {callAnswer(call)}
            </td>
            <td data-label="What went wrong">{call.error}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
