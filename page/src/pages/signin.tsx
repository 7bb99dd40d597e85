/** Sign in by email and password; where the password fits several accounts, choose one. */
import { useSignal } from "@preact/signals";
import { explain, Problem } from "../api";
import { Button } from "../components/Button";
import { Field } from "../components/Field";
import { type AccountName, signIn } from "../session";
import "../styles/signin.css";

export function SignInPage() {
  const email = useSignal("");
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
    <main class="signin">
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
                  autofocus
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
      <p class="signin-foot">
        No password yet? An admin of your account gives you a link. <a href="/docs">API documents</a>
      </p>
    </main>
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
  if (failure.status === 429) return "Too many tries. Wait a few minutes, then try again.";
  return explain(failure);
}
