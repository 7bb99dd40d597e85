/** What calendar and list do with activities: each change says what it did, and can be taken back. */
import { batch, signal } from "@preact/signals";
import { api } from "./api";
import { type Shown, toast, toastFailure, undoable } from "./components/Toast";
import type { Activity, ActivityPatch, Kind, ManyWritten, NewActivity } from "./model";
import { zone } from "./state";
import { formatWhen } from "./zone";

/** What this page wrote last; whoever shows it puts it in its place at once. */
export const written = signal<Activity[]>([]);
/** What this page deleted last. */
export const removed = signal<number[]>([]);

const CALLED = 60;

/** Characters that turn the letters after them around, also those of other words. */
const TURNING = /[\u202a-\u202e\u2066-\u2069]/g;

/** What people call it. */
export const titleOf = ({ subject }: Pick<Activity, "subject">): string =>
  subject.replace(TURNING, "") || "(no subject)";

const called = (activity: Activity): string => {
  const title = titleOf(activity);
  return title.length > CALLED ? `${title.slice(0, CALLED)}…` : title;
};

/** Change one, where a revision is given only that one. Raises Problem. */
export async function change(id: number, patch: ActivityPatch, ifMatch?: number): Promise<Activity> {
  const activity = await api.send<Activity>("PATCH", `/activities/${id}`, patch, { ifMatch });
  written.value = [activity];
  return activity;
}

/** Sent again under the same key after a failure, it makes no second one. Raises Problem. */
export async function create(activity: NewActivity, idempotencyKey: string): Promise<Activity> {
  const made = await api.send<Activity>("POST", "/activities", activity, { idempotencyKey });
  written.value = [made];
  return made;
}

/** How an activity hangs on a record: on a contact as his own, so that every dialect can say it. */
export const about = (kind: Kind, id: number): ActivityPatch =>
  kind === "contact" ? { participants: [{ id, primary: true }] } : { related: [{ kind, id }] };

export type When = Pick<ActivityPatch, "date" | "time" | "duration">;

/** Give it another time, at once on the page; failing puts it back. */
export const move = (activity: Activity, when: When): Promise<void> => undoable(moved(activity, when));

async function moved(activity: Activity, when: When): Promise<Shown | undefined> {
  const before: When = { date: activity.date, time: activity.time, duration: activity.duration };
  try {
    const now = await change(activity.id, when);
    const text = now.date ? `“${called(now)}”: ${formatWhen(now, zone.value)}` : `“${called(now)}” has no date now.`;
    // Only what was written here is taken back, not what somebody else has made of it since.
    return toast(text, { undo: async () => void (await change(activity.id, before, now.revision)) });
  } catch (failure) {
    written.value = [{ ...activity }];
    toastFailure(failure);
    return undefined;
  }
}

/** What makes it as done as it was, at the instant at which it was. */
export const doneAsIn = ({ done, done_at }: Activity): ActivityPatch =>
  done && done_at ? { done, done_at } : { done };

/** Tick it, or take the tick away. */
export const setDone = (activity: Activity, done: boolean): Promise<void> => undoable(ticked(activity, done));

async function ticked(activity: Activity, done: boolean): Promise<Shown | undefined> {
  written.value = [{ ...activity, done }];
  try {
    const now = await change(activity.id, { done });
    return toast(`“${called(now)}” is ${done ? "done" : "open again"}.`, {
      undo: async () => void (await change(activity.id, doneAsIn(activity), now.revision)),
    });
  } catch (failure) {
    written.value = [activity];
    toastFailure(failure);
    return undefined;
  }
}

const MOST = 500;

async function inPortions(ids: number[], path: string): Promise<number[]> {
  const changed: number[] = [];
  for (let at = 0; at < ids.length; at += MOST) {
    const portion = { ids: ids.slice(at, at + MOST) };
    changed.push(...(await api.send<ManyWritten>("POST", path, portion)).changed);
  }
  return changed;
}

const ABREAST = 6;

/** The same for each of them, a few at a time. */
async function forEach(ids: number[], run: (id: number) => Promise<unknown>): Promise<void> {
  const queue = [...ids];
  const worker = async () => {
    for (let id = queue.shift(); id !== undefined; id = queue.shift()) await run(id);
  };
  await Promise.all(Array.from({ length: ABREAST }, worker));
}

const count = (many: number): string => `${many} ${many === 1 ? "activity" : "activities"}`;

/** Tick many at once. Raises Problem. */
export const finishMany = (activities: Activity[]): Promise<void> => undoable(finished(activities));

async function finished(activities: Activity[]): Promise<Shown> {
  const ids = await inPortions(
    activities.map((one) => one.id),
    "/activities/bulk/done",
  );
  written.value = activities.filter((one) => ids.includes(one.id)).map((one) => ({ ...one, done: true }));
  return toast(`${count(ids.length)} done.`, { undo: () => forEach(ids, (id) => change(id, { done: false })) });
}

/** Delete many at once. Raises Problem. */
export const removeMany = (activities: Activity[]): Promise<void> => undoable(deleted(activities));

async function deleted(activities: Activity[]): Promise<Shown> {
  const ids = await inPortions(
    activities.map((one) => one.id),
    "/activities/bulk/delete",
  );
  removed.value = ids;
  return toast(`${count(ids.length)} deleted.`, { undo: () => restoreMany(ids) });
}

async function restoreMany(ids: number[]): Promise<void> {
  const back: Activity[] = [];
  await forEach(ids, async (id) => back.push(await api.send<Activity>("POST", `/activities/${id}/restore`)));
  batch(() => {
    removed.value = [];
    written.value = back;
  });
  toast(`${count(back.length)} restored.`);
}
