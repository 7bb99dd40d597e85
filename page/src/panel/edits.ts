/** What somebody has changed on an activity and not saved. Pure: it must never change what it is given. */

import type { Activity, ActivityPatch, Attendee, AttendeeName, RecordName, RecordRef } from "../model";

export type Field = keyof ActivityPatch;

/** The activity as a write would say it whole. */
export function stated(activity: Activity): Required<Omit<ActivityPatch, "done_at">> {
  return {
    type: activity.type,
    subject: activity.subject,
    description: activity.description,
    note: activity.note,
    date: activity.date,
    time: activity.time,
    duration: activity.duration,
    zone: activity.zone,
    busy: activity.busy,
    done: activity.done,
    priority: activity.priority,
    outcome: activity.outcome,
    visibility: activity.visibility,
    location: activity.location,
    conference: activity.conference,
    invite: activity.invite,
    owner_id: activity.owner_id,
    collaborators: activity.collaborators,
    related: activity.related.map(nameOf),
    main: activity.main && activity.main_chosen ? nameOf(activity.main) : null,
    participants: activity.participants.map(({ id, primary }) => ({ id, primary })),
    attendees: activity.attendees.map(invited),
  };
}

export function nameOf({ kind, id }: RecordRef): RecordName {
  return { kind, id };
}

function invited(person: Attendee): AttendeeName {
  const { kind, id, email, name, status, organizer } = person;
  return {
    kind,
    ...(id === null ? {} : { id }),
    ...(email ? { email } : {}),
    ...(name ? { name } : {}),
    status,
    organizer,
  };
}

/** The edits with one more; what is as it was before is no edit. */
export function edited(activity: Activity, edits: ActivityPatch, change: ActivityPatch): ActivityPatch {
  const before: ActivityPatch = stated(activity);
  const all: ActivityPatch = { ...edits, ...change };
  const kept = (Object.keys(all) as Field[]).filter((name) => !equal(all[name], before[name]));
  return Object.fromEntries(kept.map((name) => [name, all[name]]));
}

/** What differs between two states of an activity, of all that a write can say. */
export function differing(one: Activity, other: Activity): Field[] {
  const [before, after]: [ActivityPatch, ActivityPatch] = [stated(one), stated(other)];
  return (Object.keys(before) as Field[]).filter((name) => !equal(before[name], after[name]));
}

/** The object, or null where nothing is in it: a place without a word is no place. */
export function filled<T extends object>(value: T): T | null {
  return Object.values(value).some((part) => part !== null && part !== undefined) ? value : null;
}

/** Whether two values of a field say the same; an object without anything in it says what null does. */
function equal(one: unknown, other: unknown): boolean {
  return JSON.stringify(bare(one)) === JSON.stringify(bare(other));
}

function bare(value: unknown): unknown {
  if (value === null || typeof value !== "object") return value ?? null;
  if (Array.isArray(value)) return value.map(bare);
  const said = Object.entries(value).filter(([, part]) => part !== null && part !== undefined);
  said.sort(([one], [other]) => (one < other ? -1 : 1));
  return said.length ? Object.fromEntries(said) : null;
}
