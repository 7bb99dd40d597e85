/** What is still to be done, what is under way, and what was given up after many tries. For admins. */
import { type ReadonlySignal, useComputed, useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { api } from "../api";
import { Button } from "../components/Button";
import { Field } from "../components/Field";
import { Listed } from "../components/Listed";
import { Loaded, useAsked } from "../components/Loaded";
import { Segments } from "../components/Segments";
import { Empty } from "../components/States";
import { toast, toastFailure } from "../components/Toast";
import { useEvery } from "../every";
import type { Job, JobCount, JobPage, JobState, Page, Webhook } from "../model";
import { Paged } from "../paged";
import { zone } from "../state";
import { count } from "../words";
import { formatMoment } from "../zone";
import { webhookHref, webhookName } from "./telling";

const LOOK = 5_000;
const WEBHOOK = "webhook:";

const KINDS: { [kind: string]: string } = {
  deliver: "Delivery",
  replay: "Telling again",
  purge: "Removing what is too old",
  erase: "Erasing a person",
};
const kindName = (kind: string): string => KINDS[kind] ?? kind.replaceAll("_", " ");

const STATES: readonly { value: JobState; label: string; none: string }[] = [
  { value: "dead", label: "Given up", none: "Nothing was given up" },
  { value: "waiting", label: "Waiting", none: "Nothing waits" },
  { value: "held", label: "Under way", none: "Nothing is under way" },
];

/** The names of webhooks by their numbers. */
type Names = ReadonlySignal<Map<number, string>>;

export function Jobs() {
  const state = useSignal<JobState>("dead");
  const lane = useSignal("");
  const counted = useAsked(() => api.get<JobPage>("/jobs", { limit: 1 }));
  const webhooks = useAsked(() => api.get<Page<Webhook>>("/webhooks", { limit: 500 }));
  const names = useComputed(() => new Map(webhooks.value.value?.data.map((one) => [one.id, webhookName(one)])));
  const paged = useMemo(
    () =>
      new Paged<Job, JobPage>((cursor, signal, limit) =>
        api.get<JobPage>("/jobs", { state: state.value, lane: lane.value, cursor, limit }, { signal }),
      ),
    [state.value, lane.value],
  );
  const look = async () => {
    await Promise.all([counted.again(), paged.loading.peek() || paged.again()]);
  };
  useEvery(LOOK, look);
  return (
    <>
      <section class="part" aria-labelledby="jobs">
        <h2 id="jobs">Jobs</h2>
        <p class="soft">What is to be done beside the requests: deliveries, and what takes long.</p>
        <Loaded asked={counted} text="Counting …">
          {({ counts }) => <Counts counts={counts} names={names} />}
        </Loaded>
      </section>
      <section class="part" aria-labelledby="one-by-one">
        <header class="page-head">
          <h3 id="one-by-one">One by one</h3>
          <Segments
            label="Show"
            options={STATES}
            value={state.value}
            onChoose={(value) => {
              state.value = value;
            }}
          />
        </header>
        <div class="search-line">
          <LaneField counts={counted.value.value?.counts ?? []} names={names} lane={lane} />
          {state.value === "dead" && !paged.empty.value && <RetryAll lane={lane.value} onDone={look} />}
        </div>
        <Listed
          paged={paged}
          text="Loading the jobs …"
          empty={<Empty title={STATES.find(({ value }) => value === state.value)?.none ?? ""} />}
        >
          {(jobs) => <JobTable jobs={jobs} names={names} onRetried={look} />}
        </Listed>
      </section>
    </>
  );
}

function Counts({ counts, names }: { counts: JobCount[]; names: Names }) {
  if (!counts.length) {
    return (
      <Empty title="Nothing is to be done">
        <p>Whatever happened has been told to all who asked for it.</p>
      </Empty>
    );
  }
  const kinds = [...new Set(counts.map(({ lane, kind }) => `${kind} ${lane}`))].sort();
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">For</th>
          {STATES.map(({ value, label }) => (
            <th key={value} scope="col" class="number">
              {label}
            </th>
          ))}
          <th scope="col">Next due</th>
        </tr>
      </thead>
      <tbody>
        {kinds.map((key) => {
          const [kind = "", lane = ""] = key.split(/ (.*)/);
          return <KindRow key={key} kind={kind} lane={lane} counts={counts} names={names} />;
        })}
      </tbody>
    </table>
  );
}

interface KindRowProps {
  kind: string;
  lane: string;
  counts: JobCount[];
  names: Names;
}

function KindRow({ kind, lane, counts, names }: KindRowProps) {
  const ours = counts.filter((one) => one.kind === kind && one.lane === lane);
  const next = ours.find((one) => one.state === "waiting")?.first_due;
  return (
    <tr>
      <th scope="row">{kindName(kind)}</th>
      <td data-label="For">
        <Lane lane={lane} names={names} />
      </td>
      {STATES.map(({ value, label }) => {
        const jobs = ours.find((one) => one.state === value)?.jobs ?? 0;
        return (
          <td key={value} data-label={label} class={`number ${value === "dead" && jobs ? "failing" : ""}`}>
            {jobs.toLocaleString("en")}
          </td>
        );
      })}
      <td data-label="Next due">{next ? formatMoment(next, zone.value) : ""}</td>
    </tr>
  );
}

const webhookOf = (lane: string): number | null =>
  lane.startsWith(WEBHOOK) ? Number(lane.slice(WEBHOOK.length)) : null;

function laneName(lane: string, names: Names): string {
  const id = webhookOf(lane);
  if (id === null) return "The account";
  return names.value.get(id) ?? `Webhook ${id}`;
}

function Lane({ lane, names }: { lane: string; names: Names }) {
  const id = webhookOf(lane);
  const name = laneName(lane, names);
  return id === null ? <span>{name}</span> : <a href={webhookHref(id)}>{name}</a>;
}

interface LaneFieldProps {
  counts: JobCount[];
  names: Names;
  lane: { value: string };
}

function LaneField({ counts, names, lane }: LaneFieldProps) {
  const lanes = [...new Set([...counts.map((one) => one.lane), ...(lane.value ? [lane.value] : [])])].sort();
  return (
    <Field label="For">
      {(wiring) => (
        <select
          {...wiring}
          class="select"
          value={lane.value}
          onChange={(event) => {
            lane.value = event.currentTarget.value;
          }}
        >
          <option value="">Everybody</option>
          {lanes.map((one) => (
            <option key={one} value={one}>
              {laneName(one, names)}
            </option>
          ))}
        </select>
      )}
    </Field>
  );
}

function RetryAll({ lane, onDone }: { lane: string; onDone: () => void }) {
  const done = useSignal<number | null>(null);
  const retry = async () => {
    if (done.peek() !== null) return;
    done.value = 0;
    try {
      let cursor: string | null = null;
      do {
        const page: JobPage = await api.get<JobPage>("/jobs", { state: "dead", lane, limit: 500, cursor });
        for (const job of page.data) {
          await api.send("POST", `/jobs/${job.id}/retry`);
          done.value += 1;
        }
        cursor = page.next_cursor;
      } while (cursor);
      toast(`${count(done.value, "job")} tried again.`);
    } catch (failure) {
      toastFailure(failure);
    }
    done.value = null;
    onDone();
  };
  return (
    <Button icon="restore" aria-disabled={done.value !== null} onClick={retry}>
      {done.value === null ? "Try all of these again" : `${count(done.value, "job")} so far …`}
    </Button>
  );
}

interface JobTableProps {
  jobs: readonly Job[];
  names: Names;
  onRetried: () => void;
}

function JobTable({ jobs, names, onRetried }: JobTableProps) {
  const retry = async (job: Job) => {
    try {
      await api.send("POST", `/jobs/${job.id}/retry`);
      toast("It is tried again, from its first try on.");
    } catch (failure) {
      toastFailure(failure);
    }
    onRetried();
  };
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">For</th>
          <th scope="col" class="number">
            Tries
          </th>
          <th scope="col">When</th>
          <th scope="col">Last error</th>
          <th scope="col">
            <span class="unseen">Retry</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {jobs.map((job) => (
          <tr key={job.id}>
            <th scope="row">
              {kindName(job.kind)} {job.sequence !== null && <small>change {job.sequence}</small>}
            </th>
            <td data-label="For">
              <Lane lane={job.lane} names={names} />
            </td>
            <td data-label="Tries" class="number">
              {job.tries}
            </td>
            <td data-label="When">{whenOf(job)}</td>
            <td data-label="Last error">{job.last_error}</td>
            <td class="actions">
              {job.state === "dead" && (
                <Button
                  aria-label={`Try again: ${kindName(job.kind)} for ${laneName(job.lane, names)}`}
                  onClick={() => retry(job)}
                >
                  Try again
                </Button>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function whenOf({ state, due_at }: Job): string {
  if (state === "held") return "now";
  const at = formatMoment(due_at, zone.value);
  return state === "dead" ? `given up ${at}` : `due ${at}`;
}
