/**
 * The activities of the days that are seen, and of their neighbours: only these are ever asked for.
 * Answers are kept until anything changes on the server. It must never show one window's activities in another.
 */
import { signal } from "@preact/signals";
import { api, type Params } from "../api";
import { sequence } from "../changes";
import type { Activity, ActivityPage } from "../model";
import { windowOf } from "../zone";
import { daysOf, shifted, type View } from "./address";

const PAGE = 500;
/** The first page of a window that nobody has seen yet: less, so that it shows sooner. */
const FIRST = 200;
/** Beyond this nobody sees anything in a calendar; filters help. */
export const MOST = 10_000;
/** As many as are kept altogether, and as many as are read before somebody goes there. */
const KEPT = 20_000;
const AHEAD = 2_000;
/** While a window comes page by page, it is drawn anew this often, in ms. */
const DRAWN = 600;

interface Window {
  activities: Activity[];
  /** The last change when it was asked for; -1 where it is not whole, or not as the server has it. */
  sequence: number;
}

export interface Seen {
  key: string;
  activities: Activity[];
  loading: boolean;
  failure: unknown;
}

export const seen = signal<Seen>({ key: "", activities: [], loading: true, failure: null });

const kept = new Map<string, Window>();
let asking: AbortController | undefined;
/** The window that is being read, and what is to be shown once it is. */
let reading = "";
let again: Wanted | null = null;
/** How often this page has written: what was read meanwhile may be from before. */
let writes = 0;

export interface Wanted {
  view: View;
  date: string;
  zone: string;
  filters: Params;
}

const paramsOf = ({ view, date, zone, filters }: Wanted): Params => {
  const { first, end } = daysOf(view, date);
  return { ...filters, ...windowOf(first, end, zone), sort: "due" };
};

function keep(key: string, window: Window): void {
  kept.delete(key);
  kept.set(key, window);
  let many = 0;
  for (const [older, { activities }] of [...kept].reverse()) {
    many += activities.length;
    if (many > KEPT && older !== key) kept.delete(older);
  }
}

interface Reading {
  /** As many as the first page holds. */
  first?: number;
  most: number;
  /** Told what there is so far. */
  onPage?: (all: Activity[]) => void;
}

interface Read {
  activities: Activity[];
  whole: boolean;
}

async function read(params: Params, abort: AbortSignal, { first = PAGE, most, onPage }: Reading): Promise<Read> {
  let all: Activity[] = [];
  let cursor: string | null = null;
  let drawn = 0;
  do {
    const limit = cursor ? PAGE : first;
    const asked = { ...params, limit, cursor };
    const page: ActivityPage = await api.get<ActivityPage>("/activities", asked, { signal: abort });
    all = all.concat(page.data);
    cursor = page.next_cursor;
    if (cursor && onPage && performance.now() - drawn > DRAWN) {
      onPage(all);
      drawn = performance.now();
    }
  } while (cursor && all.length < most);
  return { activities: all, whole: cursor === null };
}

/** Show a window: at once where it is kept, and as the server has it now. */
export async function show(wanted: Wanted): Promise<void> {
  const params = paramsOf(wanted);
  const key = JSON.stringify(params);
  if (reading === key) {
    // Begun before the last change. It is let finish, or a busy server would never be seen.
    again = wanted;
    return;
  }
  const known = kept.get(key);
  const same = seen.peek().key === key;
  const there = known?.activities ?? (same ? seen.peek().activities : []);
  seen.value = { key, activities: there, loading: !known, failure: null };
  asking?.abort();
  const abort = new AbortController();
  asking = abort;
  again = null;
  reading = "";
  if (known?.sequence !== sequence.peek()) await readNow(wanted, abort, there.length);
  if (!abort.signal.aborted) await (again ? show(again) : readNeighbours(wanted, abort.signal));
}

/** Read a window of which so many are shown already; it is drawn on the way once there are more. */
async function readNow(wanted: Wanted, abort: AbortController, drawn: number): Promise<void> {
  const params = paramsOf(wanted);
  const key = JSON.stringify(params);
  const [asOf, before] = [sequence.peek(), writes];
  reading = key;
  const onPage = (all: Activity[]) => {
    if (all.length > drawn) put(key, all, true);
  };
  try {
    const { activities } = await read(params, abort.signal, { first: drawn ? PAGE : FIRST, most: MOST, onPage });
    if (before !== writes) {
      again ??= wanted;
      return;
    }
    keep(key, { activities, sequence: asOf });
    put(key, activities, false);
  } catch (failure) {
    if (!abort.signal.aborted) seen.value = { ...seen.peek(), loading: false, failure };
  } finally {
    if (asking === abort) reading = "";
  }
}

function put(key: string, activities: Activity[], loading: boolean): void {
  if (seen.peek().key === key) seen.value = { key, activities, loading, failure: null };
}

const moment = () => new Promise((resolve) => setTimeout(resolve, 250));

/** The windows before and after, once nothing else is to be done, so that a step to them shows at once. */
async function readNeighbours(wanted: Wanted, abort: AbortSignal): Promise<void> {
  for (const steps of [1, -1] as const) {
    await moment();
    const params = paramsOf({ ...wanted, date: shifted(wanted.date, wanted.view, steps) });
    const key = JSON.stringify(params);
    const asOf = sequence.peek();
    if (abort.aborted || kept.get(key)?.sequence === asOf) continue;
    try {
      const { activities, whole } = await read(params, abort, { most: AHEAD });
      keep(key, { activities, sequence: whole ? asOf : -1 });
    } catch {
      return; // Nobody asked for it; when somebody does, the failure is told.
    }
  }
}

/** Put what was just written in its place, before the server is asked again. */
export function learn(written: Activity[], removed: number[]): void {
  const gone = new Set([...written.map((one) => one.id), ...removed]);
  if (!gone.size) return;
  writes += 1;
  const changed = (all: Activity[]) => all.filter((one) => !gone.has(one.id)).concat(written);
  for (const [key, window] of kept) kept.set(key, { activities: changed(window.activities), sequence: -1 });
  seen.value = { ...seen.peek(), activities: changed(seen.peek().activities) };
}
