/** One activity on a page of its own, and the page for a new one. */
import { useEffect, useMemo } from "preact/hooks";
import { about, titleOf } from "../activities";
import { api } from "../api";
import { useArrival } from "../arrival";
import { Button } from "../components/Button";
import { Empty } from "../components/States";
import { toast } from "../components/Toast";
import type { ActivityPatch, Kind, RecordOf } from "../model";
import { ActivityView } from "../panel/ActivityView";
import { Details } from "../panel/Details";
import { Headline } from "../panel/Headline";
import { dropDraft, keptDraft, keptOpen } from "../panel/kept";
import { SaveProblem } from "../panel/SaveBar";
import { fromWall } from "../panel/when";
import { navigate, route } from "../router";
import { activityHref, goHome, learnNames, typeOf, zone } from "../state";
import { isKind } from "../words";
import "../styles/parts.css";
import "../styles/pages.css";
import "../styles/panel.css";

/** `id` is a number, or `new`. */
export function ActivityPage({ id }: { id: string }) {
  if (id === "new") {
    const address = route.value.query.toString();
    return <NewActivity key={address} address={address} />;
  }
  if (!/^\d+$/.test(id) || !Number.isSafeInteger(Number(id))) return <NoActivity />;
  return <OneActivity key={id} id={Number(id)} />;
}

function NoActivity() {
  useArrival("No such activity");
  return (
    <Empty title="There is no such activity">
      <Button onClick={goHome}>Go to the calendar</Button>
    </Empty>
  );
}

function OneActivity({ id }: { id: number }) {
  const opened = keptOpen(id);
  useArrival(opened.activity.value ? titleOf(opened.activity.value) : undefined);
  return (
    <div class="reading activity-page">
      <h1 class="unseen">Activity {id}</h1>
      <ActivityView opened={opened} onGone={goBack} />
    </div>
  );
}

const goBack = () => (history.length > 1 ? history.back() : goHome());

/** What is written here stays until it is created or cancelled, wherever somebody goes meanwhile. */
function NewActivity({ address }: { address: string }) {
  useArrival("New activity");
  const draft = useMemo(() => keptDraft(address, () => startingWith(new URLSearchParams(address))), [address]);
  useEffect(() => {
    for (const { kind, id } of draft.value("related")) learnRecord(kind, id);
    for (const { id } of draft.value("participants")) learnRecord("contact", id);
  }, [draft]);
  const create = async () => {
    const made = await draft.create();
    if (!made) return;
    dropDraft(address);
    navigate(activityHref(made), { replace: true });
    toast(made.subject ? `“${made.subject}” is created.` : "The activity is created.");
  };
  return (
    <form
      class="reading activity-page"
      onSubmit={(event) => {
        event.preventDefault();
        create();
      }}
    >
      <h1>New activity</h1>
      <div class="activity">
        <Headline opened={draft} />
        <Details opened={draft} />
        <div class="save-bar">
          <SaveProblem problem={draft.problem.value} />
          <div class="save-line">
            <Button
              onClick={() => {
                dropDraft(address);
                goBack();
              }}
            >
              Cancel
            </Button>
            <Button type="submit" look="primary" disabled={draft.saving.value}>
              {draft.saving.value ? "Creating …" : "Create"}
            </Button>
          </div>
        </div>
      </div>
    </form>
  );
}

/** What the address asks for: `?type=call&date=2026-12-01&time=14:30&duration=3600&record=deal:17`, in the viewer's zone. */
function startingWith(query: URLSearchParams): ActivityPatch {
  const change: ActivityPatch = {};
  const type = query.get("type");
  if (type && typeOf(type)) change.type = type;
  const subject = query.get("subject");
  if (subject) change.subject = subject;
  const wall = { date: query.get("date") ?? "", time: query.get("time") ?? "" };
  if (/^\d{4}-\d\d-\d\d$/.test(wall.date) && /^(\d\d:\d\d)?$/.test(wall.time)) {
    Object.assign(change, fromWall(wall, zone.peek(), {}));
  }
  const duration = Number(query.get("duration"));
  if (Number.isInteger(duration) && duration > 0) change.duration = duration;
  const [kind, id] = (query.get("record") ?? "").split(":");
  return isKind(kind) && Number(id) > 0 ? { ...change, ...about(kind, Number(id)) } : change;
}

async function learnRecord(kind: Kind, id: number): Promise<void> {
  const record = await api.get<RecordOf>(`/records/${kind}/${id}`).catch(() => null);
  if (record) learnNames({ records: [record], users: [] });
}
