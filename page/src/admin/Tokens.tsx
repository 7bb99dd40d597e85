/** The tokens by which programs come in. A credential is shown once, and never kept by the page. */
import { useSignal } from "@preact/signals";
import { api, onceKey, Problem, session } from "../api";
import { put, ticked, typed } from "../bind";
import { Button } from "../components/Button";
import { Copyable } from "../components/Copy";
import { Dialog } from "../components/Dialog";
import { Field } from "../components/Field";
import { Loaded, useAsked } from "../components/Loaded";
import { Empty } from "../components/States";
import { Sure } from "../components/Sure";
import { toast, toastFailure } from "../components/Toast";
import type { IssuedToken, Scope, Token } from "../model";
import { SaveProblem } from "../panel/SaveBar";
import { isAdmin } from "../session";
import { userName, users, zone } from "../state";
import { SCOPES } from "../words";
import { formatDay, formatMoment, instantOf, rfc3339, today } from "../zone";

export function Tokens() {
  const asked = useAsked(() => api.get<{ data: Token[] }>("/tokens"));
  const making = useSignal(false);
  const issued = useSignal<IssuedToken | null>(null);
  const ended = useSignal(false);
  const revoke = async (token: Token) => {
    try {
      await api.send("DELETE", `/tokens/${token.id}`);
      toast(`The token “${token.name}” is revoked.`);
    } catch (failure) {
      toastFailure(failure);
    }
    await asked.again();
  };
  return (
    <section class="part" aria-labelledby="tokens">
      <header class="page-head">
        <div>
          <h2 id="tokens">Tokens</h2>
          <p class="soft">For programs that call the API. One for each program, so that each can be ended alone.</p>
        </div>
        <Button icon="add" look="primary" onClick={put(making, true)}>
          Make a token
        </Button>
      </header>
      <Loaded asked={asked} text="Loading the tokens …">
        {({ data }) => <TokenTable tokens={ended.value ? data : data.filter(works)} onRevoke={revoke} />}
      </Loaded>
      <label class="check">
        <input type="checkbox" checked={ended.value} onChange={ticked(ended)} />
        Show ended ones
      </label>
      {making.value && (
        <TokenForm
          onClose={put(making, false)}
          onIssued={(token) => {
            making.value = false;
            issued.value = token;
            asked.again();
          }}
        />
      )}
      {issued.value && <Issued token={issued.value} onClose={put(issued, null)} />}
    </section>
  );
}

const works = (token: Token): boolean =>
  !token.revoked_at && !(token.expires_at && Date.parse(token.expires_at) <= Date.now());

function TokenTable({ tokens, onRevoke }: { tokens: Token[]; onRevoke: (token: Token) => void }) {
  if (!tokens.length) {
    return (
      <Empty title="No tokens">
        <p>Make one for each program that should call the API.</p>
      </Empty>
    );
  }
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">For</th>
          {isAdmin() && <th scope="col">Whose</th>}
          <th scope="col">Allows</th>
          <th scope="col">Last used</th>
          <th scope="col">Ends</th>
          <th scope="col">
            <span class="unseen">Revoke</span>
          </th>
        </tr>
      </thead>
      <tbody>
        {tokens.map((token) => (
          <tr key={token.id} class={works(token) ? "" : "off"}>
            <th scope="row">
              {token.name || "No name"} <small>number {token.id}</small>
            </th>
            {isAdmin() && (
              <td data-label="Whose" class="one-line">
                {userName(token.user_id)}
              </td>
            )}
            <td data-label="Allows">{allowed(token.scopes)}</td>
            <td data-label="Last used" class="one-line">
              {token.used_at ? formatMoment(token.used_at, zone.value) : "never"}
            </td>
            <td data-label="Ends" class="one-line">
              {token.revoked_at
                ? `revoked ${formatDay(token.revoked_at, zone.value)}`
                : token.expires_at
                  ? formatMoment(token.expires_at, zone.value)
                  : "never"}
            </td>
            <td class="actions">
              {works(token) && (
                <Sure label={`token ${token.name || token.id}`} sure="Revoke for good" onSure={() => onRevoke(token)}>
                  Revoke
                </Sure>
              )}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const allowed = (scopes: readonly Scope[]): string =>
  scopes.length === SCOPES.length ? "everything" : scopes.join(", ");

function Issued({ token, onClose }: { token: IssuedToken; onClose: () => void }) {
  return (
    <Dialog title="Your new token" onClose={onClose}>
      <p>
        <strong>It is shown this once.</strong> Only its digest is stored. Put it where the program finds it; whoever
        has it can do what it allows.
      </p>
      {token.credential ? (
        <Copyable text={token.credential} label="The token" />
      ) : (
        <p role="alert">It was shown before and cannot be shown again. Revoke it and make another one.</p>
      )}
      <div class="dialog-foot">
        <Button look="primary" onClick={onClose}>
          I have copied it
        </Button>
      </div>
    </Dialog>
  );
}

function TokenForm({ onClose, onIssued }: { onClose: () => void; onIssued: (token: IssuedToken) => void }) {
  const offered = SCOPES.filter((scope) => session.value?.scopes.includes(scope.value));
  const name = useSignal("");
  const scopes = useSignal<Scope[]>(offered.map((scope) => scope.value).filter((scope) => scope !== "admin"));
  const until = useSignal("");
  const whose = useSignal(session.value?.user.id ?? 0);
  const key = useSignal(onceKey());
  const problem = useSignal<unknown>(null);
  const make = async () => {
    const body = {
      name: name.value.trim(),
      scopes: scopes.value,
      expires_at: until.value ? rfc3339(instantOf(until.value, "23:59", zone.peek())) : null,
      user_id: whose.value,
    };
    try {
      onIssued(await api.send<IssuedToken>("POST", "/tokens", body, { idempotencyKey: key.peek() }));
    } catch (failure) {
      problem.value = failure;
    }
  };
  const wrong = (field: string) => (problem.value instanceof Problem ? problem.value.of(field) : undefined);
  const toggle = (scope: Scope, on: boolean) => {
    scopes.value = on ? [...scopes.value, scope] : scopes.value.filter((one) => one !== scope);
  };
  return (
    <Dialog title="Make a token" onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          make();
        }}
      >
        <Field label="What is it for?" help="To know it again in the list." error={wrong("name")}>
          {(wiring) => (
            <input
              {...wiring}
              class="input"
              required
              autofocus
              maxLength={255}
              value={name.value}
              onInput={typed(name)}
            />
          )}
        </Field>
        {isAdmin() && (
          <Field label="Whose is it?" help="It may do what this user may, and no more." error={wrong("user_id")}>
            {(wiring) => (
              <select
                {...wiring}
                class="select"
                value={whose.value}
                onChange={(event) => {
                  whose.value = Number(event.currentTarget.value);
                }}
              >
                {users.value
                  .filter((user) => user.active)
                  .map((user) => (
                    <option key={user.id} value={user.id}>
                      {user.name}
                    </option>
                  ))}
              </select>
            )}
          </Field>
        )}
        <fieldset class="choices">
          <legend class="legend">What it allows</legend>
          {offered.map((scope) => (
            <label key={scope.value} class="check">
              <input
                type="checkbox"
                checked={scopes.value.includes(scope.value)}
                onChange={(event) => toggle(scope.value, event.currentTarget.checked)}
              />
              <span>
                {scope.label} <small class="soft">{scope.help}</small>
              </span>
            </label>
          ))}
          {wrong("scopes") && <p class="field-error">{wrong("scopes")}</p>}
        </fieldset>
        <Field label="Last day" help="Empty: it works until it is revoked." error={wrong("expires_at")}>
          {(wiring) => (
            <input
              {...wiring}
              class="input"
              type="date"
              min={today(zone.value)}
              value={until.value}
              onInput={typed(until)}
            />
          )}
        </Field>
        <SaveProblem problem={problem.value} />
        <div class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={scopes.value.length === 0}>
            Make the token
          </Button>
        </div>
      </form>
    </Dialog>
  );
}
