/** What more than one page needs: types, users, the names of things, the theme. Shows nothing. */
import { computed, effect, signal } from "@preact/signals";
import { api, session } from "./api";
import type { Activity, ActivityType, Kind, Names, Page, User } from "./model";
import { navigate, route, setQuery } from "./router";
import { knownZone } from "./zone";

export const types = signal<ActivityType[]>([]);
export const users = signal<User[]>([]);

/** The zone in which everything is shown. */
export const zone = computed(() => knownZone(session.value?.zone));

/** The type of an activity; one that is not known yet has at least its key. */
export const typeOf = (key: string): ActivityType | undefined => types.value.find((type) => type.key === key);
export const typeLabel = (key: string): string => typeOf(key)?.label ?? key;
export const userName = (id: number): string => users.value.find((user) => user.id === id)?.name ?? `User ${id}`;

const records = signal(new Map<string, string>());

/** Remember the names that an answer brought along. */
export function learnNames(names: Names | undefined): void {
  if (!names?.records.length) return;
  const known = new Map(records.peek());
  for (const record of names.records) known.set(`${record.kind}:${record.id}`, record.name);
  records.value = known;
}

/** A record's name where an answer told it. */
export const recordName = (ref: { kind: Kind; id: number }): string =>
  records.value.get(`${ref.kind}:${ref.id}`) ?? `${ref.kind} ${ref.id}`;

/** Everything that pages take for granted. Raises Problem. */
export async function loadBasics(): Promise<void> {
  const [known, people] = await Promise.all([api.get<Page<ActivityType>>("/activity-types"), allUsers()]);
  types.value = known.data;
  users.value = people;
}

async function allUsers(): Promise<User[]> {
  const all: User[] = [];
  let cursor: string | null = null;
  do {
    const page: Page<User> = await api.get<Page<User>>("/users", { limit: 500, cursor });
    all.push(...page.data);
    cursor = page.next_cursor;
  } while (cursor);
  return all;
}

/** The activity whose panel is open over the page, by the address. */
export const openedActivity = computed(() => {
  const id = Number(route.value.query.get("activity"));
  return Number.isInteger(id) && id > 0 ? id : null;
});

/** Open an activity's panel over the page, or close it. */
export function openActivity(activity: Pick<Activity, "id"> | null): void {
  setQuery({ activity: activity ? String(activity.id) : null }, { replace: activity === null });
}

/** The address of an activity on a page of its own. */
export const activityHref = (activity: Pick<Activity, "id">): string => `/app/activities/${activity.id}`;

export type Theme = "light" | "dark" | "system";
const THEME = "dayline-theme";
const stored = localStorage.getItem(THEME);
export const theme = signal<Theme>(stored === "light" || stored === "dark" ? stored : "system");

effect(() => {
  document.documentElement.dataset.theme = theme.value;
  if (theme.value === "system") localStorage.removeItem(THEME);
  else localStorage.setItem(THEME, theme.value);
});

export const goHome = (): void => navigate("/app/calendar");
