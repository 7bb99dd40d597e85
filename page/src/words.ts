/** What things are called on the page. Words only: nothing here may ask the server. */

import type { AttendeeStatus, Kind, Priority, Scope, Visibility } from "./model";

/** The kinds of records in the order in which pages show them: one of them, several, and the usual article. */
export const KINDS: readonly { kind: Kind; one: string; many: string }[] = [
  { kind: "contact", one: "Contact", many: "Contacts" },
  { kind: "organization", one: "Organization", many: "Organizations" },
  { kind: "deal", one: "Deal", many: "Deals" },
  { kind: "candidate", one: "Candidate", many: "Candidates" },
  { kind: "job", one: "Job", many: "Jobs" },
  { kind: "lead", one: "Lead", many: "Leads" },
  { kind: "project", one: "Project", many: "Projects" },
  { kind: "sequence", one: "Sequence", many: "Sequences" },
  { kind: "other", one: "Other record", many: "Other records" },
];

export function kindName(kind: Kind): string {
  return KINDS.find((known) => known.kind === kind)?.one ?? kind;
}

export function isKind(text: string | undefined): text is Kind {
  return KINDS.some((known) => known.kind === text);
}

export const PRIORITIES: readonly { value: Priority; label: string }[] = [
  { value: "low", label: "Low" },
  { value: "normal", label: "Normal" },
  { value: "high", label: "High" },
  { value: "critical", label: "Critical" },
];

export const VISIBILITIES: readonly { value: Visibility; label: string; help: string }[] = [
  { value: "public", label: "Everybody in the account", help: "Everybody in the account sees it." },
  { value: "private", label: "Private", help: "Only who has a part in it sees it, and admins." },
  { value: "admin_only", label: "Admins only", help: "For now the same as private." },
];

export const STATUSES: readonly { value: AttendeeStatus; label: string }[] = [
  { value: "noreply", label: "No reply" },
  { value: "needs_action", label: "Asked" },
  { value: "accepted", label: "Accepted" },
  { value: "tentative", label: "Maybe" },
  { value: "declined", label: "Declined" },
];

export const SCOPES: readonly { value: Scope; label: string; help: string }[] = [
  { value: "activities:read", label: "Read activities", help: "See activities, their files and history." },
  { value: "activities:write", label: "Write activities", help: "Create, change and delete activities." },
  { value: "records:read", label: "Read records", help: "See contacts, deals and the rest, and who the users are." },
  { value: "records:write", label: "Write records", help: "Create, change and delete contacts, deals and the rest." },
  { value: "admin", label: "Administer", help: "Users, tokens, types and settings, as far as the user himself may." },
];

const FIELDS: { [name: string]: string } = {
  type: "Type",
  subject: "Subject",
  description: "Shared description",
  note: "Internal note",
  date: "Date",
  time: "Time",
  duration: "Duration",
  zone: "Planned in",
  busy: "Shown as",
  done: "Done",
  done_at: "Done at",
  priority: "Priority",
  outcome: "Outcome",
  visibility: "Visible to",
  location: "Place",
  conference: "Online meeting",
  invite: "Invitations",
  owner_id: "Owner",
  creator_id: "Created by",
  editor_id: "Changed by",
  collaborators: "Collaborators",
  main: "Main record",
  main_chosen: "Main record chosen",
  main_kind: "Kind of the main record",
  related: "Related records",
  participants: "Participants",
  attendees: "Attendees",
  attachments: "Files",
  extras: "Kept for one vendor",
  revision: "Revision",
  created_at: "Created",
  updated_at: "Changed",
  deleted_at: "Deleted",
  id: "Number",
  uuid: "UUID",
  address: "addresses as given",
  name: "names as given",
  status: "answers",
  organizer: "organizer",
  primary: "primary one",
  parts: "parts of the address",
  client: "service",
  url: "link",
};

/**
 * A field in words: `owner_id` is "Owner", `related.deal` is "Related records: deal". Fields that the server knows and this
 * page does not are shown by their own names.
 */
export function fieldName(path: string): string {
  const [head = "", rest] = path.replace(/^when\./, "").split(/\.(.*)/);
  const name = FIELDS[head] ?? head.replaceAll("_", " ");
  if (!rest || rest === "value") return name;
  return `${name}: ${FIELDS[rest]?.toLowerCase() ?? rest.replaceAll("_", " ")}`;
}

/** "1 file", "3 files". */
export function count(many: number, one: string, several = `${one}s`): string {
  return `${many.toLocaleString("en")} ${many === 1 ? one : several}`;
}

/** A size in bytes as people say it. */
export function size(bytes: number): string {
  if (bytes < 1000) return count(bytes, "byte");
  const units = ["kB", "MB", "GB", "TB"];
  let value = bytes / 1000;
  let unit = 0;
  while (value >= 999.5 && unit < units.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return `${value < 9.95 ? value.toFixed(1) : Math.round(value)} ${units[unit]}`;
}
