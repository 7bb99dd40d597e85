/** What calendar and list are narrowed to: read from the address, written to it, and as parameters of the API. */
import { computed } from "@preact/signals";
import type { Params } from "./api";
import { route, setQuery } from "./router";

const NAMES = ["owner", "type", "done", "record", "q"];

/** The filters as they stand in an address, to carry them from one page to another. */
export const filterQuery = computed(() => {
  const kept = new URLSearchParams();
  for (const name of NAMES) {
    const value = route.value.query.get(name);
    if (value) kept.set(name, value);
  }
  const text = kept.toString();
  return text ? `?${text}` : "";
});

export interface Filters {
  owner: number | null;
  types: string[];
  done: boolean | null;
  /** `deal:17`. */
  record: string | null;
  q: string;
}

export const filters = computed<Filters>(() => {
  const query = new URLSearchParams(filterQuery.value);
  const done = query.get("done");
  return {
    owner: Number(query.get("owner")) || null,
    types: query.get("type")?.split(",").filter(Boolean) ?? [],
    done: done === "yes" ? true : done === "no" ? false : null,
    record: query.get("record"),
    q: query.get("q") ?? "",
  };
});

/** How many of them narrow something down. */
export const narrowed = computed(() => {
  const { owner, types, done, record, q } = filters.value;
  return [owner, types.length, done !== null, record, q].filter(Boolean).length;
});

export function setFilters(changes: Partial<Filters>): void {
  const query: { [name: string]: string | null } = {};
  if ("owner" in changes) query.owner = changes.owner ? String(changes.owner) : null;
  if ("types" in changes) query.type = changes.types?.join(",") ?? null;
  if ("done" in changes) query.done = changes.done === true ? "yes" : changes.done === false ? "no" : null;
  if ("record" in changes) query.record = changes.record ?? null;
  if ("q" in changes) query.q = changes.q ?? null;
  setQuery(query);
}

export const clearFilters = (): void => setFilters({ owner: null, types: [], done: null, record: null, q: "" });

/** As the API takes them. The same object until a filter changes, whatever else the address does. */
export const filterParams = computed<Params>(() => {
  const { owner, types, done, record, q } = filters.value;
  return { owner_id: owner, type: types.join(","), done, record, q };
});
