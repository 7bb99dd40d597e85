/** Dates and times in the viewer's zone, across changes of its clock. The server's are all UTC. */
import { Temporal } from "temporal-polyfill";

const SECONDS = 1000;
const REMEMBERED = 5000;
/** The page is in English; its dates are too, the day before the month, on a clock of 24 hours. */
export const LOCALE = "en-GB";

/** A zone that this browser knows, else its own, else UTC. */
export function knownZone(name: string | undefined): string {
  for (const zone of [name, Intl.DateTimeFormat().resolvedOptions().timeZone]) {
    try {
      if (zone && new Intl.DateTimeFormat("en", { timeZone: zone })) return zone;
    } catch {
      // Not known here: the next one.
    }
  }
  return "UTC";
}

/** Names that some browsers know and do not list: those give the older ones only, such as Asia/Calcutta. */
const UNLISTED = [
  "UTC",
  "Africa/Asmara",
  "America/Argentina/Buenos_Aires",
  "America/Nuuk",
  "Asia/Ho_Chi_Minh",
  "Asia/Kathmandu",
  "Asia/Kolkata",
  "Asia/Yangon",
  "Atlantic/Faroe",
  "Europe/Kyiv",
];

/** Every zone that this browser knows, by name. */
export const allZones = (): string[] => {
  const unlisted = UNLISTED.filter((name) => knownZone(name) === name);
  return [...new Set([...unlisted, ...Intl.supportedValuesOf("timeZone")])].sort();
};

/** How a zone stands to UTC at an instant: `UTC+2`. */
export function offsetOf(zone: string, at: number = Date.now()): string {
  const format = new Intl.DateTimeFormat("en", { timeZone: zone, timeZoneName: "shortOffset" });
  const name = format.formatToParts(at).find((part) => part.type === "timeZoneName")?.value ?? "GMT";
  return name.replace("GMT", "UTC");
}

export const today = (zone: string): string => Temporal.Now.plainDateISO(zone).toString();

/** A wall clock's date and time as an instant, in ms. A time that a change of the clock leaves out is moved on. */
export const instantOf = (date: string, time: string, zone: string): number =>
  Temporal.PlainDateTime.from(`${date}T${time}`).toZonedDateTime(zone).epochMilliseconds;

/** What a function said, kept: the same few days and times are asked for by every event that is drawn. */
function remembered<T>(run: (at: number | string, zone: string) => T): (at: number | string, zone: string) => T {
  const kept = new Map<string, T>();
  return (at, zone) => {
    const key = `${at} ${zone}`;
    const known = kept.get(key);
    if (known !== undefined) return known;
    if (kept.size >= REMEMBERED) kept.clear();
    const made = run(at, zone);
    kept.set(key, made);
    return made;
  };
}

/** What the wall clock shows at an instant. */
export const wallOf = remembered((at, zone): { date: string; time: string } => {
  const instant = typeof at === "number" ? Temporal.Instant.fromEpochMilliseconds(at) : Temporal.Instant.from(at);
  const wall = instant.toZonedDateTimeISO(zone).toPlainDateTime();
  return { date: wall.toPlainDate().toString(), time: wall.toPlainTime().toString({ smallestUnit: "minute" }) };
});

/** An instant as the server's date and time of day. */
export function utcOf(at: number): { date: string; time: string } {
  const text = new Date(at).toISOString();
  return { date: text.slice(0, 10), time: text.slice(11, 19) };
}

export const addDays = (date: string, days: number): string => Temporal.PlainDate.from(date).add({ days }).toString();

export const addMonths = (date: string, months: number): string =>
  Temporal.PlainDate.from(date).add({ months }).toString();

/** The instant as RFC 3339 with whole seconds. */
export const rfc3339 = (at: number): string => new Date(at).toISOString().replace(/\.\d+Z$/, "Z");

/** The instants within which everything lies that goes on on these days (the last one not included). */
export function windowOf(first: string, end: string, zone: string): { from: string; until: string } {
  // Whole days go on for 24 hours of UTC, timed ones are seen in the zone: the wider of both is asked for.
  const from = Math.min(instantOf(first, "00:00", zone), instantOf(first, "00:00", "UTC"));
  const until = Math.max(instantOf(end, "00:00", zone), instantOf(end, "00:00", "UTC"));
  return { from: rfc3339(from), until: rfc3339(until) };
}

const formats = new Map<string, Intl.DateTimeFormat>();

function format(zone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = zone + JSON.stringify(options);
  const known = formats.get(key);
  if (known) return known;
  const made = new Intl.DateTimeFormat(LOCALE, { timeZone: zone, ...options });
  formats.set(key, made);
  return made;
}

const TIME: Intl.DateTimeFormatOptions = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" };

export const formatTime = remembered((at, zone) => format(zone, TIME).format(new Date(at)));

/** A date: `Tue 1 Dec`; where it is in another year, that in place of the weekday: `1 Dec 2027`. */
export function formatDate(date: string, { weekday = true } = {}): string {
  const far = date.slice(0, 4) !== String(new Date().getFullYear());
  const options: Intl.DateTimeFormatOptions = { day: "numeric", month: "short" };
  if (far) options.year = "numeric";
  else if (weekday) options.weekday = "short";
  return format("UTC", options).format(new Date(`${date}T00:00:00Z`));
}

/** The day of an instant, in the zone. */
export const formatDay = remembered((at, zone) => formatDate(wallOf(at, zone).date));

export const formatMoment = (at: number | string, zone: string): string =>
  `${formatDay(at, zone)}, ${formatTime(at, zone)}`;

export function formatDuration(seconds: number): string {
  const minutes = Math.round(seconds / 60);
  const [days, hours, rest] = [Math.floor(minutes / 1440), Math.floor((minutes % 1440) / 60), minutes % 60];
  return [days && `${days} d`, hours && `${hours} h`, rest && `${rest} min`].filter(Boolean).join(" ") || "0 min";
}

interface Timed {
  date: string | null;
  time: string | null;
  duration: number | null;
  starts_at: string | null;
  ends_at: string | null;
}

/** When an activity is, in the viewer's zone: `Tue 1 Dec, 14:30–15:30`. */
export function formatWhen(activity: Timed, zone: string): string {
  if (!activity.starts_at) {
    if (activity.date) return formatDate(activity.date);
    return activity.time ? `No date, ${activity.time.slice(0, 5)} UTC` : "No date";
  }
  const start = formatMoment(activity.starts_at, zone);
  if (!activity.ends_at || !activity.duration) return start;
  const sameDay = wallOf(activity.starts_at, zone).date === wallOf(activity.ends_at, zone).date;
  return `${start}–${sameDay ? formatTime(activity.ends_at, zone) : formatMoment(activity.ends_at, zone)}`;
}

/** Whether it should have been done by now. A whole day is over when it is over for the viewer. */
export function isOverdue(activity: Timed & { done: boolean }, zone: string, now: number = Date.now()): boolean {
  if (activity.done || !activity.date) return false;
  if (activity.starts_at) return Date.parse(activity.starts_at) + (activity.duration ?? 0) * SECONDS < now;
  return activity.date < wallOf(now, zone).date;
}
