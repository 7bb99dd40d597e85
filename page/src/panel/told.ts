/** A value of the change log in words. Pure, but for the names of things that the page knows. */
import type { Kind } from "../model";
import { recordName, userName, zone } from "../state";
import { formatDuration, formatMoment } from "../zone";

const USERS = new Set(["owner_id", "creator_id", "editor_id"]);
const INSTANTS = new Set(["done_at", "deleted_at", "starts_at", "ends_at"]);

/** Times of day are in UTC, as they are kept. */
export function told(name: string, value: unknown): string {
  if (value === null || value === undefined || value === "") return "nothing";
  if (Array.isArray(value))
    return value.length ? value.map((part) => one(name, part)).join(", ") : "nobody and nothing";
  if (typeof value === "boolean") return value ? "yes" : "no";
  if (typeof value === "object") return inside(value);
  if (USERS.has(name) && typeof value === "number") return userName(value);
  if (INSTANTS.has(name)) return formatMoment(String(value), zone.value);
  if (name === "duration" && typeof value === "number") return formatDuration(value);
  return name === "time" ? `${value} UTC` : String(value);
}

function one(name: string, value: unknown): string {
  if (name === "collaborators" && typeof value === "number") return userName(value);
  return typeof value === "object" && value !== null ? inside(value) : String(value);
}

/** A record, a person or a file by its name; anything else by what it says. */
function inside(value: object): string {
  const { kind, id, name, email, status } = value as { [name: string]: unknown };
  const known =
    typeof name === "string" ? name : typeof kind === "string" && typeof id === "number" ? called(kind, id) : email;
  if (typeof known === "string")
    return typeof status === "string" && status !== "noreply" ? `${known} (${status})` : known;
  const said = Object.entries(value).filter(([, part]) => part !== null && part !== undefined);
  return said.map(([part, text]) => (part === "value" ? String(text) : `${part}: ${JSON.stringify(text)}`)).join(", ");
}

const called = (kind: string, id: number): string =>
  kind === "user" ? userName(id) : recordName({ kind: kind as Kind, id });
