/** What is said of webhooks and of what was sent to them: their names, how they are doing. */
import { api } from "../api";
import type { Delivery, Health, Outcome, Page, RecordOf, RecordRef, Webhook } from "../model";
import { learnNames, zone } from "../state";
import { formatMoment } from "../zone";

const FACES: { [face: string]: string } = { dayline: "Dayline", pipedrive: "Pipedrive", truto: "Truto" };
export const OWN = "dayline";

export const faceName = (face: string): string => FACES[face] ?? face;

/** Where a webhook leads, without what may be a credential in its path. */
export function hostOf(url: string): string {
  try {
    return new URL(url).host;
  } catch {
    return url;
  }
}

export const webhookName = ({ name, url }: Pick<Webhook, "name" | "url">): string => name || hostOf(url);

export const webhookHref = (id: number): string => `/app/admin/webhooks?webhook=${id}`;

export const OUTCOMES: { [outcome in Outcome]: string } = {
  delivered: "Arrived",
  failed: "Failed, is tried again",
  "given up": "Given up",
};

/** What came back: `204 in 12 ms`. */
export function answerWords({ status, ms }: Pick<Delivery, "status" | "ms">): string {
  return status === null
    ? `no answer after ${ms.toLocaleString("en")} ms`
    : `${status} in ${ms.toLocaleString("en")} ms`;
}

const MOST_COUNTED = 10_000;

/** How many wait: `3 wait`. */
export function waitingWords(waiting: number): string {
  if (waiting >= MOST_COUNTED) return "10,000 or more wait";
  return `${waiting.toLocaleString("en")} ${waiting === 1 ? "waits" : "wait"}`;
}

/** How a webhook is doing, in a few words. */
export function healthWords({ last_delivery: last, failing_since: since }: Health): string {
  if (since) return `Failing since ${formatMoment(since, zone.value)}`;
  return last ? `Arrived ${formatMoment(last.at, zone.value)}` : "Nothing sent yet";
}

export function eventWords(events: readonly string[]): string {
  if (!events.length) return "all";
  return events.map((event) => event.replace(/^activity\./, "")).join(", ");
}

const EVERY = 400;
const LONGEST = 30_000;

/**
 * What became of an event that was asked for: the first attempt that is not the one known before. Null where there is none
 * after half a minute, or where nobody wants to know any more. Raises Problem.
 */
export async function attemptOf(
  webhook: number,
  event: string,
  before: string | null,
  signal: AbortSignal,
): Promise<Delivery | null> {
  const ends = Date.now() + LONGEST;
  while (Date.now() < ends && !signal.aborted) {
    const page = await api.get<Page<Delivery>>(`/webhooks/${webhook}/deliveries`, { event_id: event, limit: 1 });
    const latest = page.data[0];
    if (latest && latest.id !== before) return latest;
    await new Promise((resolve) => setTimeout(resolve, EVERY));
  }
  return null;
}

/** Learn what these records are called; one that is gone keeps its number. */
export async function nameRecords(refs: readonly RecordRef[]): Promise<void> {
  const found = await Promise.all(
    refs.map(({ kind, id }) => api.get<RecordOf>(`/records/${kind}/${id}`).catch(() => null)),
  );
  learnNames({ users: [], records: found.filter((record) => record !== null) });
}
