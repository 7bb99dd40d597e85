/** What stands inside an event: the tick, its time, what it is called. */
import type { EventDisplayInfo } from "fullcalendar";
import { move, setDone, titleOf, type When } from "../activities";
import { colourOf } from "../colours";
import { Icon } from "../components/Icon";
import { Tick } from "../components/Tick";
import type { Activity } from "../model";
import { openActivity, typeLabel, userName, zone } from "../state";
import { addDays, formatTime, formatWhen, instantOf, isOverdue, utcOf, wallOf } from "../zone";

/** Everything about it in one sentence, for those who cannot see where it stands. */
function spoken(activity: Activity, overdue: boolean): string {
  const state = activity.done ? "done" : overdue ? "overdue" : "open";
  return [
    titleOf(activity),
    typeLabel(activity.type),
    formatWhen(activity, zone.value),
    userName(activity.owner_id),
    state,
  ].join(", ");
}

const STEP = 15 * 60_000;
/** When the calendar may have drawn what changed, in ms. */
const DRAWN = [50, 300];

/** What the mouse does by dragging: with Alt, left and right by a day, up and down by a quarter of an hour. */
function onKey(event: KeyboardEvent, activity: Activity): void {
  if (event.ctrlKey || event.metaKey) return; // those are the browser's
  const arrow = event.altKey && event.key.startsWith("Arrow") ? event.key.slice(5) : "";
  if (!arrow && (event.altKey || event.key !== "x")) return;
  event.preventDefault();
  event.stopPropagation();
  if (!arrow) return void setDone(activity, !activity.done);
  const to = steppedTo(activity, arrow);
  if (to) void move(activity, to).then(() => keepFocus(activity.id));
}

function steppedTo(activity: Activity, arrow: string): When | null {
  if (arrow === "Left" || arrow === "Right") return dayOn(activity, arrow === "Left" ? -1 : 1);
  return activity.starts_at ? utcOf(Date.parse(activity.starts_at) + (arrow === "Up" ? -STEP : STEP)) : null;
}

/** On another day it is another element, so the focus is brought along. */
function keepFocus(id: number): void {
  for (const after of DRAWN) {
    setTimeout(() => {
      if (document.activeElement !== document.body) return;
      document.querySelector<HTMLElement>(`.event-open[data-id="${id}"]`)?.focus();
    }, after);
  }
}

/** The same time on the viewer's clock, on another day. */
function dayOn(activity: Activity, days: number): When {
  if (!activity.starts_at) return { date: addDays(activity.date ?? "", days) };
  const { date, time } = wallOf(activity.starts_at, zone.peek());
  return utcOf(instantOf(addDays(date, days), time, zone.peek()));
}

function Time({ info, agenda }: { info: EventDisplayInfo; agenda: boolean }) {
  const { start, end, allDay } = info.event;
  if (allDay || !start) return agenda ? <span class="event-time">All day</span> : null;
  if (agenda && !info.isStart) return <span class="event-time">{continued(info)}</span>;
  const from = formatTime(start.getTime(), zone.value);
  return <span class="event-time">{agenda && end ? `${from}–${formatTime(end.getTime(), zone.value)}` : from}</span>;
}

/** On a day after the one on which it began. */
const continued = ({ isEnd, event: { end } }: EventDisplayInfo): string =>
  isEnd && end ? `until ${formatTime(end.getTime(), zone.peek())}` : "goes on";

export function EventBody({ info }: { info: EventDisplayInfo }) {
  const activity = info.event.extendedProps.activity as Activity | undefined;
  if (!activity) return <span class="event-title">{info.event.title || "New activity"}</span>;
  const overdue = isOverdue(activity, zone.value);
  const agenda = info.view.type === "agenda";
  const name = spoken(activity, overdue);
  return (
    <>
      <Tick activity={activity} tabIndex={-1} />
      <button
        type="button"
        class="event-open"
        data-id={activity.id}
        aria-label={name}
        aria-keyshortcuts="x Alt+ArrowLeft Alt+ArrowRight Alt+ArrowUp Alt+ArrowDown"
        title={name}
        onClick={(event) => {
          event.stopPropagation();
          openActivity(activity);
        }}
        onKeyDown={(event) => onKey(event, activity)}
      >
        <Time info={info} agenda={agenda} />
        <span class="event-title">{titleOf(activity)}</span>
      </button>
      {overdue && (
        <span class="event-late">
          <Icon name="warning" />
        </span>
      )}
      {agenda && (
        <span class="event-more" aria-hidden="true">
          <span>
            <span class="dot" style={{ "--type": colourOf(activity.type) }} />
            {typeLabel(activity.type)}
          </span>
          <span>{userName(activity.owner_id)}</span>
        </span>
      )}
    </>
  );
}

/** The classes of an event, by its state. */
export function eventClass(info: EventDisplayInfo): string {
  const activity = info.event.extendedProps.activity as Activity | undefined;
  const classes = ["event"];
  if (activity?.done) classes.push("event-done");
  if (activity && isOverdue(activity, zone.value)) classes.push("event-overdue");
  if (info.isDragging || info.isResizing) classes.push("event-moving");
  return classes.join(" ");
}
