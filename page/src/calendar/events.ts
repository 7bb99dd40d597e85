/** Activities as the calendar component takes them, and what it says of a drop as the API takes it. Pure. */
import type { EventInput } from "fullcalendar";
import type { When } from "../activities";
import { colourOf } from "../colours";
import type { Activity } from "../model";
import { utcOf } from "../zone";
import type { View } from "./address";

const HOUR = 3600;

/** Beyond so many in a cell of the month, the day itself is the place to look at them. */
export const MANY = 18;
const MOST_A_DAY = 2 * MANY;

/** Those with a date; of a month no more of each day than its cells can tell. */
export function eventsOf(activities: Activity[], view: View): EventInput[] {
  const dated = activities.filter((one) => one.date);
  return (view === "month" ? fewOfEachDay(dated) : dated).map(eventOf);
}

function fewOfEachDay(activities: Activity[]): Activity[] {
  const counts = new Map<string, number>();
  return activities.filter(({ date }) => {
    const before = counts.get(date ?? "") ?? 0;
    counts.set(date ?? "", before + 1);
    return before < MOST_A_DAY;
  });
}

/** A whole day stays the day it is in every zone. */
function eventOf(activity: Activity): EventInput {
  const allDay = !activity.starts_at;
  return {
    id: String(activity.id),
    title: activity.subject,
    allDay,
    start: (allDay ? activity.date : activity.starts_at) ?? undefined,
    end: (!allDay && activity.duration && activity.ends_at) || undefined,
    durationEditable: !allDay,
    color: colourOf(activity.type),
    extendedProps: { activity },
  };
}

interface Dropped {
  allDay: boolean;
  start: Date | null;
  startStr: string;
}

/** Where an activity was moved to. Its length stays, also across a change of the clock. */
export function movedTo(activity: Activity, { allDay, start, startStr }: Dropped): When {
  if (allDay || !start) return { date: startStr.slice(0, 10), time: null };
  const when: When = utcOf(start.getTime());
  // What was a whole day, or had no date, has no length yet.
  if (activity.duration === null) when.duration = HOUR;
  return when;
}

const DAY = 86_400_000;

/** Whether a new activity can be what was dragged out: one whole day, or less than a day from a time to a time. */
export function isOneDraft({ allDay, start, end }: { allDay: boolean; start: Date; end: Date }): boolean {
  const length = end.getTime() - start.getTime();
  return allDay ? length < 1.5 * DAY : length < DAY; // a whole day is an hour longer when the clock goes back
}

/** Where one of its ends was pulled to. */
export function resizedTo(start: Date, end: Date): When {
  return { ...utcOf(start.getTime()), duration: Math.round((end.getTime() - start.getTime()) / 1000) };
}
