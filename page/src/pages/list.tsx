/** The list: the same filters as the calendar's, sorted, with many changed at once, and taken along as a file. */
import { useComputed, useSignal, useSignalEffect } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { finishMany, removed, removeMany, written } from "../activities";
import { api } from "../api";
import { type Draft, QuickCreate } from "../calendar/QuickCreate";
import { offline, sequence } from "../changes";
import { Button, IconButton } from "../components/Button";
import { Filters } from "../components/Filters";
import { FiltersButton } from "../components/FiltersButton";
import { Menu } from "../components/Menu";
import { SearchBox } from "../components/SearchBox";
import { Empty, Failed, Loading } from "../components/States";
import { toastFailure } from "../components/Toast";
import { clearFilters, filterParams, narrowed } from "../filters";
import { useShortcuts } from "../keyboard";
import { learn, load, loadMore, rows } from "../list/rows";
import { type Sort, type SortName, Table } from "../list/Table";
import { route, setQuery } from "../router";
import { zone } from "../state";
import { today } from "../zone";
import "../styles/calendar.css";
import "../styles/list.css";

const SORTS: SortName[] = ["due", "created_at", "updated_at"];

/** `sort=due` or `sort=-due`; what was changed last comes first where nothing is said. */
function readSort(query: URLSearchParams): Sort {
  const text = query.get("sort") ?? "-updated_at";
  const by = SORTS.find((name) => name === text.replace("-", "")) ?? "updated_at";
  return { by, order: text.startsWith("-") ? "desc" : "asc" };
}

const FORMATS = [
  { format: "csv", label: "CSV, for a spreadsheet" },
  { format: "jsonl", label: "JSON, one line each" },
];

export function ListPage() {
  const sort = useComputed(() => readSort(route.value.query));
  const params = useComputed(() => ({ ...filterParams.value, sort: sort.value.by, order: sort.value.order }));
  const chosen = useSignal(new Set<number>());
  const draft = useSignal<Draft | null>(null);
  useSignalEffect(() => {
    sequence.value;
    offline.value;
    void load(params.value);
  });
  useSignalEffect(() => learn(written.value, removed.value));
  useSignalEffect(() => {
    const there = new Set(rows.value.activities.map((one) => one.id));
    const kept = [...chosen.peek()].filter((id) => there.has(id));
    if (kept.length !== chosen.peek().size) chosen.value = new Set(kept);
  });
  useEffect(() => {
    document.title = "List · Dayline";
  }, []);
  const begin = () => {
    draft.value = { date: today(zone.peek()), start: "", end: "", allDay: true };
  };
  useShortcuts([{ key: "n", does: "New activity", run: begin }]);
  const choose = (ids: number[], on: boolean) => {
    const now = new Set(chosen.peek());
    for (const id of ids) on ? now.add(id) : now.delete(id);
    chosen.value = now;
  };
  const withChosen = (run: typeof finishMany) => async () => {
    try {
      await run(rows.peek().activities.filter((one) => chosen.peek().has(one.id)));
      chosen.value = new Set();
    } catch (failure) {
      toastFailure(failure);
    }
  };
  const resort = (by: SortName) => {
    const down = sort.peek().by === by && sort.peek().order === "asc";
    setQuery({ sort: down ? `-${by}` : by });
  };
  const { activities, cursor, loading, failure } = rows.value;
  return (
    <div class="list-page">
      <aside class="calendar-side">
        <Filters />
      </aside>
      <section class="list-main" aria-label="List" aria-busy={loading}>
        <div class="toolbar">
          <h1 class="toolbar-title">
            List{" "}
            {chosen.value.size === 0 && !loading && (
              <small class="toolbar-count">
                {activities.length}
                {cursor ? "+" : ""}
              </small>
            )}
          </h1>
          {chosen.value.size > 0 && (
            <div class="toolbar-bulk" role="group" aria-label="With those that are chosen">
              <span class="toolbar-count" role="status">
                {chosen.value.size} chosen
              </span>
              <Button icon="check" onClick={withChosen(finishMany)}>
                Done
              </Button>
              <Button icon="trash" look="danger" onClick={withChosen(removeMany)}>
                Delete
              </Button>
              <IconButton
                icon="close"
                label="Choose none"
                onClick={() => {
                  chosen.value = new Set();
                }}
              />
            </div>
          )}
          <SearchBox />
          <FiltersButton class="only-narrow" />
          <Menu
            label="Export what is shown"
            icon="download"
            sheet={(close) =>
              FORMATS.map(({ format, label }) => (
                <a
                  key={format}
                  class="sheet-item"
                  download
                  href={api.href("/activities/export", { ...params.value, format })}
                  onClick={close}
                >
                  {label}
                </a>
              ))
            }
          />
          <Button look="primary" icon="add" class="new-button" onClick={begin} aria-label="New activity">
            <span>New</span>
          </Button>
        </div>
        {failure && !activities.length ? (
          <Failed failure={failure} onRetry={() => void load(params.value)} />
        ) : !activities.length && loading ? (
          <Loading />
        ) : !activities.length ? (
          <Nothing onNew={begin} />
        ) : (
          <Table
            activities={activities}
            more={cursor !== null}
            sort={sort.value}
            onSort={resort}
            chosen={chosen}
            onChoose={choose}
            onNearEnd={() => void loadMore(params.peek())}
          />
        )}
      </section>
      {draft.value && (
        <QuickCreate
          draft={draft.value}
          onClose={() => {
            draft.value = null;
          }}
        />
      )}
    </div>
  );
}

function Nothing({ onNew }: { onNew: () => void }) {
  return narrowed.value ? (
    <Empty title="Nothing fits these filters">
      <Button onClick={clearFilters}>Clear the filters</Button>
    </Empty>
  ) : (
    <Empty title="No activities yet">
      <p>Plan the first one, or let a program write here: see the API.</p>
      <Button look="primary" onClick={onNew}>
        New activity
      </Button>
    </Empty>
  );
}
