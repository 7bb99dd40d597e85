/** The shapes of the native API, as its document says them. Types only: nothing here may do anything. */

export type Kind =
  | "candidate"
  | "contact"
  | "organization"
  | "job"
  | "deal"
  | "lead"
  | "project"
  | "sequence"
  | "other";
export type Priority = "low" | "normal" | "high" | "critical";
export type Visibility = "public" | "private" | "admin_only";
export type AttendeeKind = "user" | "candidate" | "contact" | "email";
export type AttendeeStatus = "noreply" | "needs_action" | "accepted" | "tentative" | "declined";
export type Role = "admin" | "member";
export type Scope = "activities:read" | "activities:write" | "records:read" | "records:write" | "admin";

/** A record by all of its names. */
export interface RecordRef {
  kind: Kind;
  id: number;
  uuid: string;
  slug: string;
}

export interface Participant extends RecordRef {
  kind: "contact";
  primary: boolean;
}

/** Somebody invited; `id` is a user's, a candidate's or a contact's. */
export interface Attendee {
  kind: AttendeeKind;
  id: number | null;
  uuid: string | null;
  slug: string | null;
  email: string | null;
  name: string | null;
  status: AttendeeStatus;
  organizer: boolean;
}

export interface Location {
  value: string | null;
  formatted_address: string | null;
  country: string | null;
  admin_area_level_1: string | null;
  admin_area_level_2: string | null;
  locality: string | null;
  sublocality: string | null;
  route: string | null;
  street_number: string | null;
  subpremise: string | null;
  postal_code: string | null;
}

export interface Conference {
  client: string | null;
  url: string | null;
  id: string | null;
}

export interface NamedRecord extends RecordRef {
  name: string;
  email: string | null;
}

export interface NamedUser {
  id: number;
  name: string;
  email: string;
}

/** Every record and user that an answer mentions, asked for with `include=names`. */
export interface Names {
  records: NamedRecord[];
  users: NamedUser[];
}

/** An activity. Date, time and instants are in UTC, the duration in seconds. */
export interface Activity {
  id: number;
  uuid: string;
  type: string;
  type_id: number;
  subject: string;
  description: string | null;
  note: string | null;
  date: string | null;
  time: string | null;
  duration: number | null;
  zone: string | null;
  all_day: boolean;
  starts_at: string | null;
  ends_at: string | null;
  busy: boolean | null;
  done: boolean;
  done_at: string | null;
  priority: Priority | null;
  outcome: string | null;
  visibility: Visibility;
  location: Location | null;
  conference: Conference | null;
  invite: boolean;
  owner_id: number;
  creator_id: number;
  editor_id: number;
  collaborators: number[];
  main: RecordRef | null;
  main_chosen: boolean;
  main_kind: Kind | "none" | null;
  related: RecordRef[];
  participants: Participant[];
  attendees: Attendee[];
  attachments: { id: number; name: string; main: boolean; media_type: string | null; size: number | null }[];
  extras: { [vendor: string]: { [name: string]: unknown } };
  revision: number;
  created_at: string;
  updated_at: string;
  deleted_at: string | null;
  names?: Names;
}

/** A record as a write names it. */
export interface RecordName {
  kind: Kind;
  id: number;
}

export interface AttendeeName {
  kind: AttendeeKind;
  id?: number;
  email?: string;
  name?: string;
  status: AttendeeStatus;
  organizer: boolean;
}

/** What is to change: what is left out stays, null clears, a list replaces the list. */
export interface ActivityPatch {
  type?: string;
  subject?: string;
  description?: string | null;
  note?: string | null;
  date?: string | null;
  time?: string | null;
  duration?: number | null;
  zone?: string | null;
  busy?: boolean | null;
  done?: boolean;
  done_at?: string;
  priority?: Priority | null;
  outcome?: string | null;
  visibility?: Visibility;
  location?: Partial<Location> | null;
  conference?: Partial<Conference> | null;
  invite?: boolean;
  owner_id?: number;
  collaborators?: number[];
  related?: RecordName[];
  main?: RecordName | null;
  participants?: { id: number; primary: boolean }[];
  attendees?: AttendeeName[];
}

export interface NewActivity extends ActivityPatch {
  type: string;
}

/** One page; `next_cursor` is null on the last. */
export interface Page<T> {
  data: T[];
  next_cursor: string | null;
}

export interface ActivityPage extends Page<Activity> {
  names?: Names;
}

/** What became of many activities, by id. */
export interface ManyWritten {
  changed: number[];
  unchanged: number[];
  not_found: number[];
}

export interface Attachment {
  id: number;
  name: string;
  description: string | null;
  link: string;
  kind: "file" | "link";
  media_type: string | null;
  size: number | null;
  main: boolean;
  created_at: string;
}

/** A candidate, contact, deal or another thing that activities hang on. */
export interface RecordOf extends RecordRef {
  name: string;
  email: string | null;
  phone: string | null;
  external_id: string | null;
  owner_id: number | null;
  revision: number;
  created_at: string;
  updated_at: string;
  deleted_at: string | null;
}

export interface User {
  id: number;
  uuid: string;
  slug: string;
  name: string;
  email: string;
  role: Role;
  zone: string;
  active: boolean;
  revision: number;
  created_at: string;
  updated_at: string;
}

export interface Token {
  id: number;
  user_id: number;
  name: string;
  scopes: Scope[];
  created_at: string;
  expires_at: string | null;
  revoked_at: string | null;
  used_at: string | null;
}

/** A new token with its credential, which is told this once. */
export interface IssuedToken extends Token {
  credential: string | null;
}

export interface ActivityType {
  id: number;
  key: string;
  label: string;
  icon: string;
  /** Six hex digits, or empty. */
  colour: string;
  order: number;
  custom: boolean;
  active: boolean;
  revision: number;
  created_at: string;
  updated_at: string;
}

export interface Settings {
  name: string;
  zone: string;
  retention_days: number;
  rate_limit: number | null;
}

/** One activity in one dialect, and what is stored that the dialect does not show, or not whole. */
export interface Rendering {
  dialect: string;
  title: string;
  shown: unknown;
  left_out: string[];
}

export interface Renderings {
  id: number;
  uuid: string;
  revision: number;
  dialects: Rendering[];
}

export type Outcome = "delivered" | "failed" | "given up";

/** A type of event that webhooks are told of. */
export interface EventMeaning {
  type: string;
  meaning: string;
}

export interface Health {
  last_delivery: { id: string; at: string; outcome: Outcome; status: number | null; error: string } | null;
  /** Counted up to 10,000. */
  waiting: number;
  failing_since: string | null;
}

/** Somebody who is told; `face` is the dialect in whose words. */
export interface Webhook {
  id: number;
  uuid: string;
  face: string;
  user_id: number;
  url: string;
  name: string;
  active: boolean;
  events: string[];
  owners: number[];
  records: RecordRef[];
  former_secret_until: string | null;
  looked_at: number;
  health: Health;
  revision: number;
  created_at: string;
  updated_at: string;
}

/** A webhook with a new secret, which is told this once. */
export interface IssuedWebhook extends Webhook {
  secret: string | null;
}

/** One attempt to deliver. */
export interface Delivery {
  id: string;
  at: string;
  event_id: string;
  type: string;
  sequence: number | null;
  entity: string | null;
  entity_id: number | null;
  attempt: number;
  outcome: Outcome;
  status: number | null;
  ms: number;
  error: string;
}

export interface Message {
  headers: string[];
  body: string;
}

export interface WholeDelivery extends Delivery {
  url: string;
  request: Message;
  response: Message;
}

export type JobState = "waiting" | "held" | "dead";

/** Something that is to be done. */
export interface Job {
  id: string;
  lane: string;
  kind: string;
  state: JobState;
  tries: number;
  due_at: string;
  last_error: string;
  sequence: number | null;
  created_at: string;
}

export interface JobCount {
  lane: string;
  kind: string;
  state: JobState;
  jobs: number;
  first_due: string;
}

export interface JobPage extends Page<Job> {
  counts: JobCount[];
}

/** One call to another system. */
export interface RemoteCall {
  id: string;
  at: string;
  operation: string;
  method: string;
  path: string;
  status: number | null;
  ms: number;
  result_count: number | null;
  error: string;
  request_id: string;
}

/** A customer's account in another system. */
export interface IntegratedAccount {
  id: string;
  integration: string;
  tenant_id: string;
  label: string | null;
  status: "active" | "needs_reauth";
  status_since: string;
  last_error: string | null;
  last_call: RemoteCall | null;
  sandbox: boolean;
  created_at: string;
  updated_at: string;
}
