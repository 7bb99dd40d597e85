/** Signing in and out, and who is signed in. */
import { api, ended, isMine, Problem, renew, request, session } from "./api";
import type { Role, Scope, User } from "./model";

export interface FieldError {
  field: string;
  message: string;
}

export interface Session {
  user: { id: number; name: string; email: string };
  account: { id: number; name: string };
  role: Role;
  zone: string;
  account_zone: string;
  csrf: string;
  scopes: Scope[];
}

/** The other pages of this browser share the cookie: they are told that it may be another's now, and nothing else. */
const pages = new BroadcastChannel("dayline-session");
pages.onmessage = () => void renew();
const tellPages = () => pages.postMessage(null);

/** Ask who is signed in. Raises Problem, but not for nobody. */
export async function findSession(): Promise<void> {
  try {
    session.value = await request<Session>("GET", "/session");
    tellPages();
  } catch (failure) {
    if (!(failure instanceof Problem) || failure.status !== 401) throw failure;
    session.value = null;
  }
}

export interface AccountName {
  id: number;
  name: string;
}

/**
 * Sign in by email and password; a 409 names the accounts among which to choose. Raises Problem.
 * Who was here before finds the page as it was. For anybody else it begins anew, so that nothing of another is left.
 */
export async function signIn(email: string, password: string, account?: number): Promise<void> {
  const now = await request<Session>("POST", "/session", { email, password, account_id: account });
  if (!isMine(now)) {
    beginAnew();
    return;
  }
  session.value = now;
  ended.value = null;
  tellPages();
}

let beginning = false;

/** Whether the page is about to begin anew for somebody else: then nobody is asked what should become of the rest. */
export const isBeginning = (): boolean => beginning;

/** Load the page anew, for whoever is signed in now. */
export function beginAnew(): void {
  beginning = true;
  location.reload();
}

/** Sign out here, or on every device. */
export async function signOut(everywhere = false): Promise<void> {
  await request<void>("DELETE", everywhere ? "/sessions" : "/session");
  tellPages();
  location.assign("/app");
}

/** Choose the zone in which the page shows everything; it is kept with the user. */
export async function chooseZone(zone: string): Promise<void> {
  const user = await api.send<User>("PATCH", "/users/me", { zone });
  const now = session.peek();
  if (now) session.value = { ...now, zone: user.zone };
}

export const isAdmin = (): boolean => session.value?.role === "admin";
