/** The story of a record: what is planned, the next thing first, and below what happened, the latest first. */
import { useComputed } from "@preact/signals";
import { useEffect, useMemo } from "preact/hooks";
import { removed, titleOf, written } from "../activities";
import { api } from "../api";
import { sequence } from "../changes";
import { colourOf } from "../colours";
import { Sentinel } from "../components/Sentinel";
import { Empty, Failed, Loading } from "../components/States";
import { Tick } from "../components/Tick";
import type { Activity, ActivityPage, Kind } from "../model";
import { Paged } from "../paged";
import { learnNames, openActivity, recordName, typeLabel, userName, zone } from "../state";
import { count } from "../words";
import { formatDate, formatTime, isOverdue, wallOf } from "../zone";
import { plainText } from "./plain";

/** More of a text is never seen in three lines. */
const SEEN = 2_000;

type Story = Paged<Activity, ActivityPage>;

function storyOf(record: string, done: boolean): Story {
  return new Paged<Activity, ActivityPage>(
    (cursor, signal, limit = 40) =>
      api.get<ActivityPage>(
        "/activities",
        { record, done, sort: "due", order: done ? "desc" : "asc", include: "names", limit, cursor },
        { signal },
      ),
    (page) => learnNames(page.names),
  );
}

export function Timeline({ kind, id }: { kind: Kind; id: number }) {
  const record = `${kind}:${id}`;
  const [planned, happened] = useMemo(() => [storyOf(record, false), storyOf(record, true)] as const, [record]);
  const [changes, fresh, gone] = [sequence.value, written.value, removed.value];
  useEffect(() => {
    // What this page wrote is seen at once; the server's answer then puts it where it belongs.
    for (const story of [planned, happened]) {
      for (const one of fresh) story.replace((shown) => shown.id === one.id, one);
      for (const id of gone) story.replace((shown) => shown.id === id, null);
      story.again();
    }
  }, [planned, happened, changes, fresh, gone]);
  const nothing = useComputed(() => planned.empty.value && happened.empty.value);
  if (nothing.value) {
    return (
      <Empty title="Nothing has happened yet">
        <p>Add a note or a call above, or plan something.</p>
      </Empty>
    );
  }
  return (
    <div class="timeline">
      <Chapter title="Planned" story={planned} none="Nothing is planned." about={record} />
      <Chapter title="What happened" story={happened} none="Nothing has happened yet." about={record} />
    </div>
  );
}

interface ChapterProps {
  title: string;
  story: Story;
  none: string;
  about: string;
}

function Chapter({ title, story, none, about }: ChapterProps) {
  const items = story.items.value;
  return (
    <section aria-label={title}>
      <h2>{title}</h2>
      {story.failure.value && !items.length ? (
        <Failed failure={story.failure.value} onRetry={() => story.again()} />
      ) : !items.length && !story.whole.value ? (
        <Loading text="Loading …" />
      ) : (
        <>
          {!items.length && <p class="soft">{none}</p>}
          {byDay(items, zone.value).map(([day, some]) => (
            <div class="day" key={day}>
              <h3>{day ? formatDate(day) : "Without a date"}</h3>
              <ol aria-label={day ? formatDate(day) : "Without a date"}>
                {some.map((activity) => (
                  <Entry key={activity.id} activity={activity} about={about} />
                ))}
              </ol>
            </div>
          ))}
          <Sentinel paged={story} />
        </>
      )}
    </section>
  );
}

/** In the order in which they come, those of one day together. */
function byDay(activities: readonly Activity[], zone: string): [string, Activity[]][] {
  const days = new Map<string, Activity[]>();
  for (const one of activities) {
    const day = one.starts_at ? wallOf(one.starts_at, zone).date : (one.date ?? "");
    const known = days.get(day);
    if (known) known.push(one);
    else days.set(day, [one]);
  }
  return [...days];
}

function Entry({ activity, about }: { activity: Activity; about: string }) {
  const text = activity.note ?? activity.description ?? "";
  const others = [...activity.related, ...activity.participants].filter((ref) => `${ref.kind}:${ref.id}` !== about);
  const files = activity.attachments.length;
  return (
    <li class={activity.done ? "entry done" : "entry"}>
      <Tick activity={activity} />
      <div class="entry-words">
        <p class="entry-head">
          <button type="button" class="entry-title" onClick={() => openActivity(activity)}>
            {titleOf(activity)}
          </button>
          {isOverdue(activity, zone.value) && <span class="overdue">Overdue</span>}
        </p>
        <p class="entry-facts">
          <span class="dot" style={{ "--type": colourOf(activity.type) }} />
          {[
            typeLabel(activity.type),
            activity.starts_at && formatTime(activity.starts_at, zone.value),
            userName(activity.owner_id),
            others.map(recordName).join(", "),
            files && count(files, "file"),
          ]
            .filter(Boolean)
            .join(" · ")}
        </p>
        {text && <p class="entry-text">{plainText(text).slice(0, SEEN)}</p>}
      </div>
    </li>
  );
}
