/** The rows of the list: read page by page as they are scrolled to, and read again when something changes. */
import { signal } from "@preact/signals";
import { api, type Params } from "../api";
import type { Activity, ActivityPage } from "../model";
import { learnNames } from "../state";

const PAGE = 100;
const LARGEST = 500;

export interface Rows {
  activities: Activity[];
  cursor: string | null;
  loading: boolean;
  failure: unknown;
}

export const rows = signal<Rows>({ activities: [], cursor: null, loading: true, failure: null });

let asking: AbortController | undefined;
let shown = "";
let reading = false;
/** Whether something changed since the reading began. */
let stale = false;

async function page(params: Params, abort: AbortController): Promise<ActivityPage | null> {
  try {
    const answer = await api.get<ActivityPage>(
      "/activities",
      { ...params, include: "names" },
      { signal: abort.signal },
    );
    learnNames(answer.names);
    return answer;
  } catch (failure) {
    if (!abort.signal.aborted) rows.value = { ...rows.peek(), loading: false, failure };
    return null;
  }
}

/** Show what these parameters find, from the top; the same ones again keep as many rows as there were. */
export async function load(params: Params): Promise<void> {
  const key = JSON.stringify(params);
  const again = key === shown;
  if (again && reading) {
    stale = true; // begun before the last change; it is let finish, or a busy server would never be seen
    return;
  }
  shown = key;
  asking?.abort();
  const abort = new AbortController();
  asking = abort;
  if (!again) rows.value = { activities: [], cursor: null, loading: true, failure: null };
  reading = true;
  stale = false;
  const read = await readAtLeast(again ? rows.peek().activities.length : 0, params, abort);
  if (abort.signal.aborted) return;
  reading = false;
  if (read) rows.value = { ...read, loading: false, failure: null };
  if (stale) await load(params);
}

async function readAtLeast(many: number, params: Params, abort: AbortController) {
  let activities: Activity[] = [];
  let cursor: string | null = null;
  do {
    const limit = Math.min(Math.max(PAGE, many - activities.length), LARGEST);
    const answer: ActivityPage | null = await page({ ...params, limit, cursor }, abort);
    if (!answer) return null;
    activities = activities.concat(answer.data);
    cursor = answer.next_cursor;
  } while (cursor && activities.length < many);
  return { activities, cursor };
}

/** Read the next page, once the end is near. */
export async function loadMore(params: Params): Promise<void> {
  const { cursor, loading, failure } = rows.peek();
  if (!cursor || loading || failure || !asking) return;
  const abort = asking;
  rows.value = { ...rows.peek(), loading: true };
  const answer = await page({ ...params, limit: PAGE * 2, cursor }, abort);
  if (!answer || abort.signal.aborted) return;
  const activities = rows.peek().activities.concat(answer.data);
  rows.value = { activities, cursor: answer.next_cursor, loading: false, failure: null };
}

/** Put what was just written in its place. */
export function learn(written: Activity[], removed: number[]): void {
  if (!written.length && !removed.length) return;
  const changed = new Map(written.map((one) => [one.id, one]));
  const gone = new Set(removed);
  const activities = rows.peek().activities.filter((one) => !gone.has(one.id));
  rows.value = { ...rows.peek(), activities: activities.map((one) => changed.get(one.id) ?? one) };
}
