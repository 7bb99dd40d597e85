/** Who still calls Pipedrive's API v1, and what replaces each of the calls. */
import { api } from "../api";
import { Loaded, useAsked } from "../components/Loaded";
import { Empty } from "../components/States";
import { userName, zone } from "../state";
import { count } from "../words";
import { formatDay } from "../zone";

interface OldCall {
  token_id: number;
  token: string;
  user_id: number;
  agent: string;
  called: string;
  calls: number;
  first_at: string;
  last_at: string;
  replacement: { call: string; changes: string[] } | null;
}

const DAYS = 30;

export function Moving() {
  const asked = useAsked(() => api.get<{ data: OldCall[] }>("/v1-calls", { days: DAYS }));
  return (
    <section class="part" aria-labelledby="moving">
      <h2 id="moving">Pipedrive’s API v1</h2>
      <p class="soft">
        Who called it in the last {DAYS} days. The vendor ended its support in August 2026; here v1 and v2 work on the
        same rows, so that each client can move when it is ready.
      </p>
      <Loaded asked={asked} text="Counting …">
        {({ data }) => (data.length ? <Clients calls={data} /> : <Moved />)}
      </Loaded>
    </section>
  );
}

function Moved() {
  return (
    <Empty title="Nobody calls API v1">
      <p>There is nothing left to move.</p>
    </Empty>
  );
}

/** Callers are told apart by token and User-Agent, as in `dayline pipedrive v1-report`. */
function Clients({ calls }: { calls: OldCall[] }) {
  const clients = new Map<string, OldCall[]>();
  for (const one of calls) {
    const key = JSON.stringify([one.token_id, one.agent]);
    clients.set(key, [...(clients.get(key) ?? []), one]);
  }
  return (
    <>
      {[...clients].map(([key, some]) => (
        <article key={key} class="client">
          <h3>
            {some[0]?.agent || "No User-Agent"}
            <small>
              {" "}
              with the token {some[0]?.token || some[0]?.token_id} of {userName(some[0]?.user_id ?? 0)}
            </small>
          </h3>
          <ul class="rows">
            {some.map((one) => (
              <li key={one.called} class="row old-call">
                <span class="row-name">
                  <code>{one.called}</code>
                  <small class="below">
                    {one.calls === 1 ? "once" : count(one.calls, "time")}, last on {formatDay(one.last_at, zone.value)}
                  </small>
                </span>
                <Replacement by={one.replacement} />
              </li>
            ))}
          </ul>
        </article>
      ))}
    </>
  );
}

function Replacement({ by }: { by: OldCall["replacement"] }) {
  if (!by) return <span class="soft">stays: v2 has no call for it</span>;
  return (
    <span class="replacement">
      <span>
        is now <code>{by.call}</code>
      </span>
      {by.changes.length > 0 && (
        <ul class="soft">
          {by.changes.map((change) => (
            <li key={change}>{change}</li>
          ))}
        </ul>
      )}
    </span>
  );
}
