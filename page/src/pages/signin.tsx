/** Sign in by email and password, also over a page whose session has ended; one of several accounts is chosen. */
import { useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect, useRef } from "preact/hooks";
import { ended, explain, Problem, session } from "../api";
import { Button } from "../components/Button";
import { Field } from "../components/Field";
import { type AccountName, beginAnew, type Session, signIn } from "../session";
import "../styles/signin.css";

export function SignInPage() {
  return (
    <main class="signin">
      <SignInCard email="" />
      <p class="signin-foot">
        No password yet? An admin of your account gives you a link. <a href="/docs">API documents</a>
      </p>
    </main>
  );
}

/** Over a page whose session has ended. It hides the page and keeps it; `by` is who is signed in now, if anybody is. */
export function SignInAgain({ by }: { by: Session | null }) {
  const dialog = useRef<HTMLDialogElement>(null);
  const mine = session.value?.user;
  useEffect(() => {
    const [element, title] = [dialog.current, document.title];
    // A browser heeds a second Esc whatever is said to its first, and a third would close what lies below.
    const onKey = (event: KeyboardEvent) => {
      if (event.key === "Escape") event.preventDefault();
    };
    element?.showModal();
    document.title = "Sign in · Dayline";
    document.addEventListener("keydown", onKey, true);
    return () => {
      document.removeEventListener("keydown", onKey, true);
      document.title = title;
      element?.close(); // gives the focus back
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      class="signin-again"
      aria-label="Sign in"
      onCancel={(event) => event.preventDefault()}
      onClose={(event) => {
        if (event.currentTarget.isConnected && ended.peek()) event.currentTarget.showModal(); // by a phone's way back, for one
      }}
    >
      <SignInCard email={mine?.email ?? ""}>
        <p>
          {by ? `${by.user.name} is signed in in this browser now.` : "Your session has ended."} Sign in as {mine?.name}{" "}
          to go on where you were: what you have written is still there.
        </p>
      </SignInCard>
      <div class="signin-foot">
        {by && <Button onClick={beginAnew}>Go on as {by.user.name}</Button>}
        <p>For anybody else the page begins anew: what is not saved here is gone then.</p>
      </div>
    </dialog>
  );
}

/** The form; with an email it is known who is to come, and only the password is missing. */
function SignInCard({ email: known, children }: { email: string; children?: ComponentChildren }) {
  const email = useSignal(known);
  const password = useSignal("");
  const busy = useSignal(false);
  const wrong = useSignal("");
  const accounts = useSignal<AccountName[]>([]);

  const enter = async (account?: number) => {
    busy.value = true;
    wrong.value = "";
    try {
      await signIn(email.value.trim(), password.value, account);
    } catch (failure) {
      const among = failure instanceof Problem && failure.status === 409 ? failure.accounts : [];
      accounts.value = among;
      if (!among.length) wrong.value = sayWhy(failure);
    } finally {
      busy.value = false;
    }
  };
  return (
    <form
      class="signin-card"
      onSubmit={(event) => {
        event.preventDefault();
        void enter();
      }}
    >
      <span class="brand">
        <span class="brand-mark" aria-hidden="true" />
        Dayline
      </span>
      <h1>Sign in</h1>
      {children}
      {accounts.value.length ? (
        <Accounts all={accounts.value} onChoose={enter} />
      ) : (
        <>
          <Field label="Email">
            {(wiring) => (
              <input
                {...wiring}
                class="input"
                type="email"
                name="email"
                autocomplete="username"
                required
                autofocus={!known}
                value={email.value}
                onInput={(event) => {
                  email.value = event.currentTarget.value;
                }}
              />
            )}
          </Field>
          <Field label="Password">
            {(wiring) => (
              <input
                {...wiring}
                class="input"
                type="password"
                name="password"
                autocomplete="current-password"
                required
                autofocus={Boolean(known)}
                value={password.value}
                onInput={(event) => {
                  password.value = event.currentTarget.value;
                }}
              />
            )}
          </Field>
          <p class="signin-wrong" role="alert">
            {wrong.value}
          </p>
          <Button type="submit" look="primary" disabled={busy.value}>
            {busy.value ? "Signing in …" : "Sign in"}
          </Button>
        </>
      )}
    </form>
  );
}

function Accounts({ all, onChoose }: { all: AccountName[]; onChoose: (id: number) => void }) {
  return (
    <>
      <p>This sign-in belongs to several accounts. Which one?</p>
      {all.map((account) => (
        <Button key={account.id} onClick={() => onChoose(account.id)}>
          {account.name}
        </Button>
      ))}
    </>
  );
}

function sayWhy(failure: unknown): string {
  if (!(failure instanceof Problem)) return explain(failure);
  if (failure.status === 401) return "The email or the password is wrong. Check both, and try again.";
  return explain(failure);
}
