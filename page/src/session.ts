/** Signing in and out, and who is signed in. */
import { api, Problem, request, session } from "./api";
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

/** Ask who is signed in. Raises Problem, but not for nobody. */
export async function findSession(): Promise<void> {
  try {
    session.value = await request<Session>("GET", "/session");
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
 * The page begins anew, so that nothing of whoever was here before is left in it.
 */
export async function signIn(email: string, password: string, account?: number): Promise<void> {
  await request<Session>("POST", "/session", { email, password, account_id: account });
  location.reload();
}

/** Sign out here, or on every device. */
export async function signOut(everywhere = false): Promise<void> {
  await request<void>("DELETE", everywhere ? "/sessions" : "/session");
  location.assign("/app");
}

/** Choose the zone in which the page shows everything; it is kept with the user. */
export async function chooseZone(zone: string): Promise<void> {
  const user = await api.send<User>("PATCH", "/users/me", { zone });
  const now = session.peek();
  if (now) session.value = { ...now, zone: user.zone };
}

export const isAdmin = (): boolean => session.value?.role === "admin";
