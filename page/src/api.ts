/**
 * The way to the server: typed requests with the session's cookie, and failures that say what to do.
 * It must never keep or send a token of the API.
 */
import { signal } from "@preact/signals";
import type { AccountName, FieldError, Session } from "./session";

/** Who is signed in: undefined until the server has been asked, null for nobody. */
export const session = signal<Session | null | undefined>(undefined);

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
  if (failure.status === 403) return failure.detail || "You may not do this. Ask an admin of your account.";
  if (failure.status === 404) return "This is not there any more. It may have been deleted.";
  if (failure.status === 412) return "Somebody else changed this meanwhile. You see the newest state now; try again.";
  if (failure.status === 429) return "Too many requests at once. Wait a minute, then try again.";
  if (failure.status >= 500) return `Dayline had a problem (${failure.status}). Nothing was changed; try again.`;
  const first = failure.errors[0];
  return first ? `${first.field ? `${first.field}: ` : ""}${first.message}` : failure.message;
}

const address = (path: string, params: Params = {}): string => {
  const query = new URLSearchParams();
  for (const [name, value] of Object.entries(params)) {
    if (value !== undefined && value !== null && value !== "") query.set(name, String(value));
  }
  const text = query.toString();
  return text ? `${path}?${text}` : path;
};

async function failed(answer: Response): Promise<Problem> {
  const { title, detail, errors, accounts } = await answer.json().catch(() => ({}));
  return new Problem(answer.status, title ?? answer.statusText, detail ?? "", errors, accounts);
}

/** One request. Raises Problem. A 401 ends the session, wherever it comes from. */
export async function request<T>(method: string, path: string, body?: unknown, sending: Sending = {}): Promise<T> {
  const headers: Record<string, string> = { Accept: "application/json" };
  if (method !== "GET") headers["X-CSRF-Token"] = csrf();
  if (sending.ifMatch !== undefined) headers["If-Match"] = `"${sending.ifMatch}"`;
  if (sending.idempotencyKey) headers["Idempotency-Key"] = sending.idempotencyKey;
  const form = body instanceof FormData;
  if (body !== undefined && !form) headers["Content-Type"] = "application/json";
  let answer: Response;
  try {
    answer = await fetch(path, {
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
  if (answer.status === 401 && session.peek()) session.value = null;
  if (!answer.ok) throw await failed(answer);
  return (answer.status === 204 ? undefined : await answer.json()) as T;
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
