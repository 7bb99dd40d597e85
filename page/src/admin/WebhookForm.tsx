/** A webhook to be made, or one to be changed. Of one in another dialect's words only the name can be changed here. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect } from "preact/hooks";
import { api, onceKey, Problem, session } from "../api";
import { Button, IconButton } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { Field } from "../components/Field";
import { Loaded, useAsked } from "../components/Loaded";
import { RecordPicker } from "../components/RecordPicker";
import { toast } from "../components/Toast";
import type { EventMeaning, IssuedWebhook, RecordRef, Webhook } from "../model";
import { SaveProblem } from "../panel/SaveBar";
import { isAdmin } from "../session";
import { learnNames, recordName, userName, users } from "../state";
import { faceName, nameRecords, OWN } from "./telling";

interface Draft {
  url: string;
  name: string;
  /** Null for all of them. */
  events: string[] | null;
  owners: number[];
  records: RecordRef[];
  user_id: number;
}

interface WebhookFormProps {
  /** The one to be changed; none for a new one. */
  webhook?: Webhook;
  onClose: () => void;
  onMade?: (webhook: IssuedWebhook) => void;
  onChanged?: (webhook: Webhook) => void;
}

function draftOf(webhook: Webhook | undefined): Draft {
  if (!webhook) {
    return { url: "", name: "", events: null, owners: [], records: [], user_id: session.peek()?.user.id ?? 0 };
  }
  const { url, name, events, owners, records, user_id } = webhook;
  return { url, name, events: events.length ? events : null, owners, records, user_id };
}

export function WebhookForm({ webhook, onClose, onMade, onChanged }: WebhookFormProps) {
  const draft = useSignal(draftOf(webhook));
  const key = useSignal(onceKey());
  const problem = useSignal<unknown>(null);
  const saving = useSignal(false);
  const own = !webhook || webhook.face === OWN;
  const change = (change: Partial<Draft>) => {
    draft.value = { ...draft.peek(), ...change };
  };
  const wrong = (name: string) => wrongIn(problem.value, name);
  const save = async () => {
    saving.value = true;
    try {
      if (webhook) {
        onChanged?.(await write(webhook, draft.peek()));
        toast("The webhook is changed.");
      } else {
        onMade?.(await make(draft.peek(), key.peek()));
      }
    } catch (failure) {
      problem.value = failure;
    }
    saving.value = false;
  };
  return (
    <Dialog title={webhook ? "Change the webhook" : "Make a webhook"} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        {!own && (
          <p class="soft">
            It speaks {faceName(webhook.face)}: whatever is not here is changed in the API where it was made.
          </p>
        )}
        {own && (
          <Field
            label="URL"
            help="Where events are sent, with POST. It needs https and a public address, unless your operator allows another."
            error={wrong("url")}
          >
            {(wiring) => (
              <input
                {...wiring}
                class="input"
                type="url"
                required
                autofocus
                maxLength={2048}
                placeholder="https://example.com/hooks/dayline"
                value={draft.value.url}
                onInput={(event) => change({ url: event.currentTarget.value.trim() })}
              />
            )}
          </Field>
        )}
        <Field label="Name" help="To know it again in the list." error={wrong("name")}>
          {(wiring) => (
            <input
              {...wiring}
              class="input"
              maxLength={255}
              value={draft.value.name}
              onInput={(event) => change({ name: event.currentTarget.value })}
            />
          )}
        </Field>
        {!webhook && isAdmin() && <Whose draft={draft} change={change} error={wrong("user_id")} />}
        {own && <Events draft={draft} change={change} error={wrong("events")} />}
        {own && (
          <details class="more" open={draft.peek().owners.length + draft.peek().records.length > 0}>
            <summary>Only some activities</summary>
            <div class="form">
              <Owners draft={draft} change={change} error={wrong("owners")} />
              <Records draft={draft} change={change} error={wrong("records")} />
            </div>
          </details>
        )}
        <SaveProblem problem={problem.value} />
        <div class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={saving.value || draft.value.events?.length === 0}>
            {webhook ? "Save" : "Make the webhook"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** What is wrong with a field, or with one of its entries. */
function wrongIn(problem: unknown, name: string): string | undefined {
  if (!(problem instanceof Problem)) return undefined;
  return problem.errors.find(({ field }) => field === name || field.startsWith(`${name}[`))?.message;
}

interface PartProps {
  draft: Signal<Draft>;
  change: (change: Partial<Draft>) => void;
  error: string | undefined;
}

function Whose({ draft, change, error }: PartProps) {
  return (
    <Field label="Whose is it?" help="It is told of what this user may see." error={error}>
      {(wiring) => (
        <select
          {...wiring}
          class="select"
          value={draft.value.user_id}
          onChange={(event) => change({ user_id: Number(event.currentTarget.value) })}
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
  );
}

function Events({ draft, change, error }: PartProps) {
  const asked = useAsked(() => api.get<{ data: EventMeaning[] }>("/webhook-events"));
  const toggle = (all: string[], type: string, on: boolean) => {
    const before = draft.peek().events ?? all;
    const after = all.filter((one) => (one === type ? on : before.includes(one)));
    change({ events: after.length === all.length ? null : after });
  };
  return (
    <fieldset class="choices">
      <legend class="legend">What it is told of</legend>
      <Loaded asked={asked} text="Loading the events …">
        {({ data }) => (
          <>
            {data.map(({ type, meaning }) => (
              <label key={type} class="check">
                <input
                  type="checkbox"
                  checked={draft.value.events?.includes(type) ?? true}
                  onChange={(event) =>
                    toggle(
                      data.map((one) => one.type),
                      type,
                      event.currentTarget.checked,
                    )
                  }
                />
                <span>
                  {type} <small class="soft">{meaning}</small>
                </span>
              </label>
            ))}
          </>
        )}
      </Loaded>
      {error && <p class="field-error">{error}</p>}
    </fieldset>
  );
}

function Owners({ draft, change, error }: PartProps) {
  const chosen = draft.value.owners;
  return (
    <Field label="Of these owners" help="None: whoever owns them, or owned them before." error={error}>
      {(wiring) => (
        <>
          <Chips
            names={chosen.map(userName)}
            of="owners"
            onRemove={(place) => change({ owners: chosen.filter((_, at) => at !== place) })}
          />
          <select
            {...wiring}
            class="select"
            value=""
            onChange={(event) => {
              change({ owners: [...chosen, Number(event.currentTarget.value)] });
              event.currentTarget.value = "";
            }}
          >
            <option value="">Add a user …</option>
            {users.value
              .filter((user) => !chosen.includes(user.id))
              .map((user) => (
                <option key={user.id} value={user.id}>
                  {user.name}
                </option>
              ))}
          </select>
        </>
      )}
    </Field>
  );
}

function Records({ draft, change, error }: PartProps) {
  const chosen = draft.value.records;
  useEffect(() => {
    nameRecords(chosen);
  }, []);
  return (
    <Field label="On these records" help="None: whatever they hang on, or hung on before." error={error}>
      {(wiring) => (
        <>
          <Chips
            names={chosen.map(recordName)}
            of="records"
            onRemove={(place) => change({ records: chosen.filter((_, at) => at !== place) })}
          />
          <RecordPicker
            id={wiring.id}
            label="On these records"
            onPick={(record) => {
              const { kind, id, uuid, slug } = record;
              learnNames({ users: [], records: [record] });
              if (!chosen.some((one) => one.kind === kind && one.id === id)) {
                change({ records: [...chosen, { kind, id, uuid, slug }] });
              }
            }}
          />
        </>
      )}
    </Field>
  );
}

interface ChipsProps {
  names: string[];
  of: string;
  onRemove: (place: number) => void;
}

function Chips({ names, of, onRemove }: ChipsProps) {
  if (!names.length) return null;
  return (
    <ul class="chips">
      {names.map((name, place) => (
        <li key={name} class="chip">
          <span>{name}</span>
          <IconButton icon="close" label={`Remove ${name} from the ${of}`} onClick={() => onRemove(place)} />
        </li>
      ))}
    </ul>
  );
}

const said = ({ url, name, events, owners, records }: Draft) => ({
  url,
  name: name.trim(),
  events: events ?? [],
  owners,
  records: records.map(({ kind, id }) => ({ kind, id })),
});

/** Raises Problem. */
function make(draft: Draft, key: string): Promise<IssuedWebhook> {
  const body = { ...said(draft), user_id: draft.user_id };
  return api.send<IssuedWebhook>("POST", "/webhooks", body, { idempotencyKey: key });
}

/** What differs alone is sent. Raises Problem. */
function write(webhook: Webhook, draft: Draft): Promise<Webhook> {
  const [before, after] = [Object.entries(said(draftOf(webhook))), Object.entries(said(draft))];
  const changed = after.filter(([, value], at) => JSON.stringify(value) !== JSON.stringify(before[at]?.[1]));
  return api.send<Webhook>("PATCH", `/webhooks/${webhook.id}`, Object.fromEntries(changed), {
    ifMatch: webhook.revision,
  });
}
