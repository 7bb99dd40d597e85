/** The people of the account: add them, let them in, change what they may. For admins. */
import { useSignal } from "@preact/signals";
import { api, onceKey, Problem, session } from "../api";
import { put } from "../bind";
import { Button } from "../components/Button";
import { Copyable } from "../components/Copy";
import { Dialog } from "../components/Dialog";
import { Field } from "../components/Field";
import { toast, toastFailure } from "../components/Toast";
import type { Role, User } from "../model";
import { SaveProblem } from "../panel/SaveBar";
import { loadBasics, users, zone } from "../state";
import { allZones, formatMoment } from "../zone";

export function Users() {
  const adding = useSignal(false);
  const changing = useSignal<User | null>(null);
  const link = useSignal<SignInLink | null>(null);
  const tell = (made: SignInLink) => {
    link.value = made;
  };
  const letIn = (user: User) => linkFor(user).then(tell, toastFailure);
  return (
    <section class="part" aria-labelledby="users">
      <header class="page-head">
        <h2 id="users">Users</h2>
        <Button icon="add" look="primary" onClick={put(adding, true)}>
          Add a user
        </Button>
      </header>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Name</th>
            <th scope="col">Email</th>
            <th scope="col">Role</th>
            <th scope="col">Zone</th>
            <th scope="col">
              <span class="unseen">What can be done</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {users.value.map((user) => (
            <tr key={user.id} class={user.active ? "" : "off"}>
              <th scope="row">
                {user.name} {!user.active && <small>(inactive)</small>}
              </th>
              <td data-label="Email">{user.email}</td>
              <td data-label="Role">{user.role === "admin" ? "Admin" : "Member"}</td>
              <td data-label="Zone">{user.zone.replaceAll("_", " ")}</td>
              <td class="actions">
                <Button aria-label={`Change ${user.name}`} onClick={put(changing, user)}>
                  Change
                </Button>
                {user.active && user.id !== session.value?.user.id && (
                  <Button aria-label={`Sign-in link for ${user.name}`} onClick={() => letIn(user)}>
                    Sign-in link
                  </Button>
                )}
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {adding.value && <UserForm onClose={put(adding, false)} onLink={tell} />}
      {changing.value && <UserForm user={changing.value} onClose={put(changing, null)} />}
      {link.value && <LinkDialog link={link.value} onClose={put(link, null)} />}
    </section>
  );
}

interface SignInLink {
  user: User;
  url: string;
  expires_at: string;
}

async function linkFor(user: User): Promise<SignInLink> {
  return { user, ...(await api.send<Omit<SignInLink, "user">>("PUT", `/users/${user.id}/link`)) };
}

function LinkDialog({ link, onClose }: { link: SignInLink; onClose: () => void }) {
  return (
    <Dialog title={`Sign-in link for ${link.user.name}`} onClose={onClose}>
      <p>
        Give it to {link.user.name} in a way that nobody else reads. It works once, until{" "}
        {formatMoment(link.expires_at, zone.value)}, and lets him choose a password.
      </p>
      <Copyable text={link.url} label="The sign-in link" />
      <div class="dialog-foot">
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  );
}

interface UserFormProps {
  /** The one to be changed; none for a new one. */
  user?: User;
  onClose: () => void;
  onLink?: (link: SignInLink) => void;
}

type Draft = Pick<User, "name" | "email" | "role" | "zone" | "active">;

function UserForm({ user, onClose, onLink }: UserFormProps) {
  const draft = useSignal<Draft>(user ?? { name: "", email: "", role: "member", zone: zone.peek(), active: true });
  const key = useSignal(onceKey());
  const problem = useSignal<unknown>(null);
  const change = (change: Partial<Draft>) => {
    draft.value = { ...draft.peek(), ...change };
  };
  const wrong = (name: string) => (problem.value instanceof Problem ? problem.value.of(name) : undefined);
  const save = async () => {
    try {
      const saved = await write(user, draft.peek(), key.peek());
      await loadBasics();
      onClose();
      toast(user ? `${saved.name} is changed.` : `${saved.name} is added.`);
      if (onLink) onLink(await linkFor(saved));
    } catch (failure) {
      problem.value = failure;
    }
  };
  return (
    <Dialog title={user ? `Change ${user.name}` : "Add a user"} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Field label="Name" error={wrong("name")}>
          {(wiring) => (
            <input
              {...wiring}
              class="input"
              required
              autofocus
              maxLength={255}
              value={draft.value.name}
              onInput={(event) => change({ name: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label="Email" error={wrong("email")}>
          {(wiring) => (
            <input
              {...wiring}
              class="input"
              type="email"
              required
              maxLength={320}
              value={draft.value.email}
              onInput={(event) => change({ email: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label="Role" help="Admins see everything and change users, types and settings." error={wrong("role")}>
          {(wiring) => (
            <select
              {...wiring}
              class="select"
              value={draft.value.role}
              onChange={(event) => change({ role: event.currentTarget.value as Role })}
            >
              <option value="member">Member</option>
              <option value="admin">Admin</option>
            </select>
          )}
        </Field>
        <Field label="Time zone" error={wrong("zone")}>
          {(wiring) => (
            <select
              {...wiring}
              class="select"
              value={draft.value.zone}
              onChange={(event) => change({ zone: event.currentTarget.value })}
            >
              {allZones().map((one) => (
                <option key={one} value={one}>
                  {one.replaceAll("_", " ")}
                </option>
              ))}
            </select>
          )}
        </Field>
        {user && (
          <label class="check">
            <input
              type="checkbox"
              checked={draft.value.active}
              onChange={(event) => change({ active: event.currentTarget.checked })}
            />
            Active: may sign in, and his tokens work
          </label>
        )}
        <SaveProblem problem={problem.value} />
        <div class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary">
            {user ? "Save" : "Add"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Raises Problem. */
function write(user: User | undefined, draft: Draft, key: string): Promise<User> {
  if (!user) {
    const { active: _, ...fresh } = draft;
    return api.send<User>("POST", "/users", fresh, { idempotencyKey: key });
  }
  const names = ["name", "email", "role", "zone", "active"] as const;
  const changed = names.filter((name) => draft[name] !== user[name]).map((name) => [name, draft[name]]);
  return api.send<User>("PATCH", `/users/${user.id}`, Object.fromEntries(changed), { ifMatch: user.revision });
}
