/** When an activity is, as people write it in their zone, and as the server keeps it. Pure. */
import type { ActivityPatch } from "../model";
import { instantOf, utcOf, wallOf } from "../zone";

/** What the inputs show: a date and a time of day on the wall, or empty texts. Without a date, the time is in UTC. */
export interface Wall {
  date: string;
  time: string;
}

type Kept = Pick<ActivityPatch, "date" | "time">;

export function toWall({ date, time }: Kept, zone: string): Wall {
  if (date && time) return wallOf(Date.parse(`${date}T${time}Z`), zone);
  return { date: date ?? "", time: time?.slice(0, 5) ?? "" };
}

/** What is to be written for what the inputs show. Seconds that were there stay while the minute does. */
export function fromWall(wall: Wall, zone: string, before: Kept): Required<Kept> {
  const same = toWall(before, zone);
  if (same.date === wall.date && same.time === wall.time)
    return { date: before.date ?? null, time: before.time ?? null };
  if (wall.date && wall.time) return utcOf(instantOf(wall.date, wall.time, zone));
  return { date: wall.date || null, time: wall.time ? `${wall.time}:00` : null };
}

/** "1:30", "90", "1 h 30 min", "1,5 h" in seconds; null for nothing, undefined for what is none of these. */
export function readDuration(text: string): number | null | undefined {
  const said = text.trim().toLowerCase();
  if (!said) return null;
  const clock = /^(\d{1,4}):([0-5]\d)$/.exec(said);
  if (clock) return Number(clock[1]) * 3600 + Number(clock[2]) * 60;
  if (/^\d{1,6}$/.test(said)) return Number(said) * 60;
  const parts =
    /^(?:(\d+(?:[.,]\d+)?)\s*d(?:ays?)?)?\s*(?:(\d+(?:[.,]\d+)?)\s*h(?:ours?)?)?\s*(?:(\d+)\s*m(?:in(?:utes?)?)?)?$/.exec(
      said,
    );
  if (!parts) return undefined;
  const [days, hours, minutes] = [parts[1], parts[2], parts[3]].map((part) => Number((part ?? "0").replace(",", ".")));
  return Math.round((days ?? 0) * 86_400 + (hours ?? 0) * 3600 + (minutes ?? 0) * 60);
}
