/** What everybody may change of himself: name, zone, password, and where he is signed in. */
import { useSignal } from "@preact/signals";
import { api, Problem, session } from "../api";
import { typed } from "../bind";
import { Button } from "../components/Button";
import { Field } from "../components/Field";
import { Loaded, useAsked } from "../components/Loaded";
import { Sure } from "../components/Sure";
import { toast, toastFailure } from "../components/Toast";
import type { User } from "../model";
import { SaveProblem } from "../panel/SaveBar";
import { chooseZone, signOut } from "../session";
import { loadBasics, zone } from "../state";
import { allZones, formatMoment } from "../zone";

export function You() {
  return (
    <>
      <Self />
      <Password />
      <Sessions />
    </>
  );
}

function Self() {
  const name = useSignal(session.value?.user.name ?? "");
  const chosen = useSignal(zone.value);
  const problem = useSignal<unknown>(null);
  const save = async () => {
    try {
      const user = await api.send<User>("PATCH", "/users/me", { name: name.value });
      if (chosen.value !== zone.peek()) await chooseZone(chosen.value);
      const now = session.peek();
      if (now) session.value = { ...now, user: { ...now.user, name: user.name } };
      await loadBasics();
      problem.value = null;
      toast("Saved.");
    } catch (failure) {
      problem.value = failure;
    }
  };
  return (
    <form
      class="part form"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <h2>You</h2>
      <p class="soft">
        {session.value?.user.email}, {session.value?.role === "admin" ? "an admin" : "a member"} of{" "}
        {session.value?.account.name}
      </p>
      <Field label="Name">
        {(wiring) => (
          <input
            {...wiring}
            class="input"
            required
            maxLength={255}
            autocomplete="name"
            value={name.value}
            onInput={typed(name)}
          />
        )}
      </Field>
      <Field label="Time zone" help="Dates and times are shown in this zone, here and on your other devices.">
        {(wiring) => (
          <select {...wiring} class="select" value={chosen.value} onChange={typed(chosen)}>
            {allZones().map((one) => (
              <option key={one} value={one}>
                {one.replaceAll("_", " ")}
              </option>
            ))}
          </select>
        )}
      </Field>
      <SaveProblem problem={problem.value} />
      <div>
        <Button type="submit" look="primary">
          Save
        </Button>
      </div>
    </form>
  );
}

const SHORTEST = 10; // characters, as the server has it

function Password() {
  const current = useSignal("");
  const password = useSignal("");
  const problem = useSignal<unknown>(null);
  const save = async () => {
    try {
      await api.send("PUT", "/users/me/password", { current: current.value || null, password: password.value });
      current.value = "";
      password.value = "";
      problem.value = null;
      toast("Your password is changed. You are signed out everywhere else.");
    } catch (failure) {
      problem.value = failure;
    }
  };
  const wrong = (name: string) => (problem.value instanceof Problem ? problem.value.of(name) : undefined);
  return (
    <form
      class="part form"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <h2>Password</h2>
      <input
        class="unseen"
        type="email"
        autocomplete="username"
        readOnly
        tabIndex={-1}
        aria-hidden="true"
        value={session.value?.user.email}
      />
      <Field label="Current password" help="Leave it empty if you have none yet." error={wrong("current")}>
        {(wiring) => (
          <input
            {...wiring}
            class="input"
            type="password"
            autocomplete="current-password"
            value={current.value}
            onInput={typed(current)}
          />
        )}
      </Field>
      <Field label="New password" help={`At least ${SHORTEST} characters.`} error={wrong("password")}>
        {(wiring) => (
          <input
            {...wiring}
            class="input"
            type="password"
            required
            minLength={SHORTEST}
            maxLength={1024}
            autocomplete="new-password"
            value={password.value}
            onInput={typed(password)}
          />
        )}
      </Field>
      <SaveProblem problem={problem.value} />
      <div>
        <Button type="submit" look="primary">
          Change the password
        </Button>
      </div>
    </form>
  );
}

interface OpenSession {
  id: string;
  user_id: number;
  created_at: string;
  used_at: string;
  expires_at: string;
  agent: string;
  current: boolean;
}

function Sessions() {
  const asked = useAsked(() => api.get<{ data: OpenSession[] }>("/sessions"));
  const end = async (one: OpenSession) => {
    await api.send("DELETE", `/sessions/${one.id}`).catch(toastFailure);
    await asked.again();
  };
  return (
    <section class="part" aria-labelledby="sessions">
      <h2 id="sessions">Where you are signed in</h2>
      <Loaded asked={asked} text="Loading …">
        {({ data }) => (
          <ul class="rows" aria-labelledby="sessions">
            {data.map((one) => (
              <li key={one.id} class="row">
                <span class="row-name">
                  {browserOf(one.agent)} {one.current && <strong>(this one)</strong>}
                  <small class="below">
                    since {formatMoment(one.created_at, zone.value)}, last used {formatMoment(one.used_at, zone.value)}
                  </small>
                </span>
                {!one.current && <Button onClick={() => end(one)}>Sign out there</Button>}
              </li>
            ))}
          </ul>
        )}
      </Loaded>
      <div>
        <Sure
          label="here and on every other device"
          sure="Sign out everywhere"
          onSure={() => signOut(true).catch(toastFailure)}
        >
          Sign out everywhere
        </Sure>
      </div>
    </section>
  );
}

const BROWSERS: readonly [RegExp, string][] = [
  [/\bEdg\//, "Edge"],
  [/\bFirefox\//, "Firefox"],
  [/Chrome\//, "Chrome"],
  [/\bSafari\//, "Safari"],
];
const SYSTEMS: readonly [RegExp, string][] = [
  [/Android/, "Android"],
  [/iPhone|iPad/, "iOS"],
  [/Mac OS/, "macOS"],
  [/Windows/, "Windows"],
  [/Linux/, "Linux"],
];

/** "Firefox on Linux"; what is neither is shown as it calls itself. */
function browserOf(agent: string): string {
  const browser = BROWSERS.find(([sign]) => sign.test(agent))?.[1];
  const system = SYSTEMS.find(([sign]) => sign.test(agent))?.[1];
  if (!browser) return agent || "Unknown browser";
  return system ? `${browser} on ${system}` : browser;
}
