/** Which view and day the calendar shows, by the address; and the days that a view covers. */
import { computed } from "@preact/signals";
import { Temporal } from "temporal-polyfill";
import { route, setQuery } from "../router";
import { zone } from "../state";
import { addDays, addMonths, LOCALE, today } from "../zone";

export const VIEWS = ["month", "week", "day", "agenda"] as const;
export type View = (typeof VIEWS)[number];

const KEPT = "dayline-view";
const PHONE = 620;

const isView = (text: string | null): text is View => VIEWS.includes(text as View);

function usual(): View {
  const kept = localStorage.getItem(KEPT);
  if (isView(kept)) return kept;
  return innerWidth <= PHONE ? "agenda" : "week";
}

export const view = computed<View>(() => {
  const asked = route.value.query.get("view");
  return isView(asked) ? asked : usual();
});

/** The days before and after these can be shown too: all have years of four digits, here and on the server. */
const [EARLIEST, LATEST] = ["0002-01-01", "9998-12-31"];

export const day = computed<string>(() => {
  const asked = route.value.query.get("date") ?? "";
  try {
    if (!/^\d{4}-\d\d-\d\d$/.test(asked)) return today(zone.value);
    const date = Temporal.PlainDate.from(asked).toString();
    return date < EARLIEST ? EARLIEST : date > LATEST ? LATEST : date;
  } catch {
    return today(zone.value);
  }
});

export function setView(to: View, date?: string): void {
  localStorage.setItem(KEPT, to);
  setQuery({ view: to, date: date ?? day.peek() }, { replace: false });
}

export const goTo = (date: string): void => setQuery({ view: view.peek(), date });
export const goToday = (): void => goTo(today(zone.peek()));

/** One step of the view forward or back. */
export const shifted = (from: string, by: View, steps: 1 | -1): string => {
  if (by === "month") return addMonths(`${from.slice(0, 7)}-01`, steps);
  return addDays(from, steps * (by === "day" ? 1 : 7));
};

export const step = (steps: 1 | -1): void => goTo(shifted(day.peek(), view.peek(), steps));

/** The days that a view shows: the first, and the one after the last. Weeks begin on Monday, the agenda on its day. */
export function daysOf(of: View, date: string): { first: string; end: string } {
  if (of === "day" || of === "agenda") return { first: date, end: addDays(date, of === "day" ? 1 : 7) };
  const from = Temporal.PlainDate.from(of === "month" ? `${date.slice(0, 7)}-01` : date);
  const first = from.subtract({ days: from.dayOfWeek - 1 }).toString();
  return { first, end: addDays(first, of === "month" ? 42 : 7) };
}

const utc = (date: string): Date => new Date(`${date}T00:00:00Z`);

/** What stands above the view. */
export function titleOf(of: View, date: string): string {
  if (of === "month") return say({ month: "long", year: "numeric" }).format(utc(date));
  if (of === "day") return say({ weekday: "short", day: "numeric", month: "short", year: "numeric" }).format(utc(date));
  const { first, end } = daysOf(of, date);
  return say({ day: "numeric", month: "short", year: "numeric" }).formatRange(utc(first), utc(addDays(end, -1)));
}

const say = (options: Intl.DateTimeFormatOptions) => new Intl.DateTimeFormat(LOCALE, { timeZone: "UTC", ...options });
