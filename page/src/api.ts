/**
 * The way to the server: typed requests with the session's cookie, and failures that say what to do.
 * It must never keep or send a token of the API.
 */
import { signal } from "@preact/signals";
import type { AccountName, FieldError, Session } from "./session";
import { count } from "./words";

/** Who is signed in: undefined until the server has been asked, null for nobody. */
export const session = signal<Session | null | undefined>(undefined);

/**
 * Set once the session has ended, or another one has taken its place in this browser: `by` is who is signed in now.
 * `session` stays whom the page belongs to, so that nothing that somebody has typed goes away with it.
 */
export const ended = signal<{ by: Session | null } | null>(null);

/** What an unsafe request must carry besides the cookie. */
export const csrf = (): string => session.peek()?.csrf ?? "";

export type Params = { [name: string]: string | number | boolean | null | undefined };

export interface Sending {
  ifMatch?: number;
  idempotencyKey?: string;
  signal?: AbortSignal;
}

/** A refusal as the server worded it (RFC 9457), or the lack of an answer (status 0). */
export class Problem extends Error {
  constructor(
    readonly status: number,
    readonly title: string,
    readonly detail: string,
    readonly errors: FieldError[] = [],
    readonly accounts: AccountName[] = [],
    /** After how many seconds it may be tried again, where that was told. */
    readonly wait = 0,
  ) {
    super(detail || title);
  }

  /** What is wrong with one field, or undefined. */
  of(field: string): string | undefined {
    return this.errors.find((error) => error.field === field)?.message;
  }
}

/** A failure in words for people: what happened, and what they can do. */
export function explain(failure: unknown): string {
  if (!(failure instanceof Problem)) return "Something went wrong on this page. Reload it and try again.";
  if (failure.status === 0) return "Dayline cannot be reached. Check that it is running, then try again.";
  if (failure.status === 401) return "You were signed out, so nothing was done. Sign in, then try again.";
  if (failure.status === 403) return failure.detail || "You may not do this. Ask an admin of your account.";
  if (failure.status === 404) return "This is not there any more. It may have been deleted.";
  if (failure.status === 412) return "Somebody else changed this meanwhile. You see the newest state now; try again.";
  if (failure.status === 429) return `${failure.detail || "Too many requests at once."} ${later(failure.wait)}`;
  if (failure.status >= 500) return `Dayline had a problem (${failure.status}). Nothing was changed; try again.`;
  const first = failure.errors[0];
  return first ? `${first.field ? `${first.field}: ` : ""}${first.message}` : failure.message;
}

function later(seconds: number): string {
  if (seconds <= 0) return "Wait a minute, then try again.";
  return `It works again in ${seconds < 90 ? count(seconds, "second") : count(Math.ceil(seconds / 60), "minute")}.`;
}

const address = (path: string, params: Params = {}): string => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
};

/** What a refusal says, by its status, its body and its `Retry-After`. */
export function refusal(status: number, body: string, wait: string | null): Problem {
  // Of another session, or of none: what it says of tokens is no help to who has to sign in again.
  if (ended.peek() && status === 403) return new Problem(401, "Signed out", "");
  try {
    const { title, detail, errors, accounts } = JSON.parse(body);
    return new Problem(status, title ?? "", detail ?? "", errors, accounts, Number(wait) || 0);
  } catch {
    return new Problem(status, "No reason was given", "", [], [], Number(wait) || 0);
  }
}

let renewing: Promise<void> | undefined;

/** Ask anew who is signed in: another session, other rights, somebody else, or nobody any more. Raises nothing. */
export function renew(): Promise<void> {
  renewing ??= askAnew().finally(() => {
    renewing = undefined;
  });
  return renewing;
}

async function askAnew(): Promise<void> {
  const answer = await send("GET", "/session", undefined, {}).catch(() => null);
  const mine = session.peek();
  if (!answer || !mine) return;
  if (answer.status === 401) ended.value = { by: null };
  if (!answer.ok) return;
  const now: Session = await answer.json();
  if (!isMine(now)) {
    ended.value = { by: now };
    return;
  }
  session.value = now;
  ended.value = null;
}

/** Whether a session is of whom the page belongs to. */
export function isMine(now: Session): boolean {
  const mine = session.peek();
  return mine?.user.id === now.user.id && mine.account.id === now.account.id;
}

/** Whether a request was refused only because another session of the same user has begun: then it may be sent again. */
export async function outdated(status: number, sent: string): Promise<boolean> {
  if (!sent || (status !== 401 && status !== 403)) return false;
  await renew();
  return !ended.peek() && csrf() !== sent;
}

/** One request. Raises Problem. Where the session has ended, `ended` says so, wherever that was noticed. */
export async function request<T>(method: string, path: string, body?: unknown, sending: Sending = {}): Promise<T> {
  const sent = csrf();
  let answer = await send(method, path, body, sending);
  if (await outdated(answer.status, sent)) answer = await send(method, path, body, sending);
  if (!answer.ok) throw refusal(answer.status, await answer.text(), answer.headers.get("Retry-After"));
  return (answer.status === 204 ? undefined : await answer.json()) as T;
}

async function send(method: string, path: string, body: unknown, sending: Sending): Promise<Response> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf();
  if (sending.ifMatch !== undefined) headers["If-Match"] = `"${sending.ifMatch}"`;
  if (sending.idempotencyKey) headers["Idempotency-Key"] = sending.idempotencyKey;
  const form = body instanceof FormData;
  if (body !== undefined && !form) headers["Content-Type"] = "application/json";
  try {
    return await fetch(path, {
      method,
      headers,
      body: form ? body : body === undefined ? undefined : JSON.stringify(body),
      credentials: "same-origin",
      signal: sending.signal,
    });
  } catch (failure) {
    if (failure instanceof DOMException && failure.name === "AbortError") throw failure;
    throw new Problem(0, "No answer", "");
  }
}

const ROOT = "/dayline/v1";

/** The native API; paths are below /dayline/v1. */
export const api = {
  get: <T>(path: string, params?: Params, sending?: Sending) =>
    request<T>("GET", address(ROOT + path, params), undefined, sending),
  send: <T>(method: "POST" | "PUT" | "PATCH" | "DELETE", path: string, body?: unknown, sending?: Sending) =>
    request<T>(method, ROOT + path, body, sending),
  /** The address of something that the browser fetches by itself, such as a download. */
  href: (path: string, params?: Params) => address(ROOT + path, params),
};

/** A key under which a creation may be sent again without happening twice. */
export function onceKey(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // randomUUID is not there on plain http
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
