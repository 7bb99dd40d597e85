/** Which programs called lately, by which surface, and how often. Calls of this page are not among them. */
import { useSignal } from "@preact/signals";
import { api } from "../api";
import { sequence } from "../changes";
import { Loaded, useAsked } from "../components/Loaded";
import { Empty } from "../components/States";
import { isAdmin } from "../session";
import { userName, zone } from "../state";
import { count } from "../words";
import { addDays, formatDate, formatMoment } from "../zone";

interface Called {
  token_id: number;
  token: string;
  user_id: number;
  surface: string;
  calls: number;
  last_at: string;
  days: { date: string; calls: number }[];
  hours: { hour: string; calls: number }[];
}

/** What is counted, in columns of one width; the highest is as high as the line. */
interface Column {
  name: string;
  calls: number;
}

const SURFACES: { [name: string]: string } = {
  pipedrive: "Pipedrive",
  atz: "ATZ CRM",
  reevo: "Reevo",
  dayline: "Dayline",
};
const DAYS = [7, 30];
const HOUR = 3_600_000;

export function Calls() {
  // Two days by the hour, or more by the day.
  const days = useSignal(2);
  const asked = useAsked(
    () => api.get<{ data: Called[] }>("/calls", { days: days.value }),
    [days.value, sequence.value],
  );
  return (
    <section class="part" aria-labelledby="calls">
      <header class="page-head">
        <div>
          <h2 id="calls">API calls</h2>
          <p class="soft">Counted to the minute, for each token and surface.</p>
        </div>
        <fieldset class="segments">
          <legend class="unseen">How far back</legend>
          {[2, ...DAYS].map((many) => (
            <button
              key={many}
              type="button"
              aria-pressed={days.value === many}
              onClick={() => {
                days.value = many;
              }}
            >
              {count(many, "day")}
            </button>
          ))}
        </fieldset>
      </header>
      <Loaded asked={asked} text="Counting …">
        {({ data }) => <CallTable calls={data} days={days.value} />}
      </Loaded>
    </section>
  );
}

function CallTable({ calls, days }: { calls: Called[]; days: number }) {
  if (!calls.length) {
    return (
      <Empty title="Nobody has called lately">
        <p>
          Make a token and try a line from <a href="/docs">the documents</a>. It is here within a minute.
        </p>
      </Empty>
    );
  }
  return (
    <table class="table calls">
      <thead>
        <tr>
          <th scope="col">Token</th>
          {isAdmin() && <th scope="col">Whose</th>}
          <th scope="col">Surface</th>
          <th scope="col" class="number">
            Calls
          </th>
          <th scope="col">{days === 2 ? "By the hour" : "By the day"}</th>
          <th scope="col">Last</th>
        </tr>
      </thead>
      <tbody>
        {calls.map((one) => (
          <tr key={`${one.token_id} ${one.surface}`}>
            <th scope="row">{one.token || `number ${one.token_id}`}</th>
            {isAdmin() && <td data-label="Whose">{userName(one.user_id)}</td>}
            <td data-label="Surface">{SURFACES[one.surface] ?? one.surface}</td>
            <td data-label="Calls" class="number">
              {one.calls.toLocaleString("en")}
            </td>
            <td data-label={days === 2 ? "By the hour" : "By the day"}>
              <Bars columns={days === 2 ? byHour(one) : byDay(one, days)} />
            </td>
            <td data-label="Last">{formatMoment(one.last_at, zone.value)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function byHour(one: Called): Column[] {
  const now = Math.floor(Date.now() / HOUR) * HOUR;
  const known = new Map(one.hours.map(({ hour, calls }) => [Date.parse(hour), calls]));
  return Array.from({ length: 48 }, (_, back) => now - (47 - back) * HOUR).map((hour) => ({
    name: formatMoment(hour, zone.value),
    calls: known.get(hour) ?? 0,
  }));
}

function byDay(one: Called, days: number): Column[] {
  const today = new Date().toISOString().slice(0, 10); // they are counted by UTC's days
  const known = new Map(one.days.map(({ date, calls }) => [date, calls]));
  return Array.from({ length: days }, (_, back) => addDays(today, back - days + 1)).map((date) => ({
    name: formatDate(date),
    calls: known.get(date) ?? 0,
  }));
}

function Bars({ columns }: { columns: Column[] }) {
  const most = Math.max(1, ...columns.map(({ calls }) => calls));
  const busy = columns.filter(({ calls }) => calls);
  const said = busy.map(({ name, calls }) => `${name}: ${calls}`).join("; ");
  return (
    <div class="bars" role="img" aria-label={said || "None"}>
      {columns.map(({ name, calls }) => (
        <span
          key={name}
          title={`${name}: ${calls}`}
          style={{ height: `${calls ? Math.max(8, (calls / most) * 100) : 3}%` }}
        />
      ))}
    </div>
  );
}
