/** One webhook: how it is doing, what can be done with it, and what was sent. */
import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { api, onceKey } from "../api";
import { useArrival } from "../arrival";
import { put } from "../bind";
import { Button } from "../components/Button";
import { Loaded, useAsked } from "../components/Loaded";
import { Sure } from "../components/Sure";
import { toast, toastFailure } from "../components/Toast";
import { useEvery } from "../every";
import type { Delivery, IssuedWebhook, Webhook } from "../model";
import { recordHref } from "../panel/Related";
import { navigate } from "../router";
import { recordName, userName, zone } from "../state";
import { formatMoment } from "../zone";
import { Deliveries } from "./Deliveries";
import { Replay } from "./Replay";
import { Secret } from "./Secret";
import {
  answerWords,
  attemptOf,
  eventWords,
  faceName,
  healthWords,
  nameRecords,
  OUTCOMES,
  OWN,
  waitingWords,
  webhookName,
} from "./telling";
import { WebhookForm } from "./WebhookForm";

const ALL = "/app/admin/webhooks";
const LOOK = 3_000;

export function WebhookOpened({ id }: { id: number }) {
  const asked = useAsked(() => api.get<Webhook>(`/webhooks/${id}`));
  useEvery(LOOK, asked.again);
  useArrival(undefined);
  return (
    <section class="part" aria-label="Webhook">
      <p>
        <a href={ALL}>All webhooks</a>
      </p>
      <Loaded asked={asked} text="Loading the webhook …">
        {(webhook) => (
          <Opened
            webhook={webhook}
            onChanged={(changed) => {
              asked.value.value = changed;
            }}
          />
        )}
      </Loaded>
    </section>
  );
}

interface OpenedProps {
  webhook: Webhook;
  onChanged: (webhook: Webhook) => void;
}

/** How a test went; null while it is under way, undefined where none was asked for. */
type Test = { delivery: Delivery | null } | null | undefined;

function Opened({ webhook, onChanged }: OpenedProps) {
  const { id, url, active } = webhook;
  const changing = useSignal(false);
  const replaying = useSignal(false);
  const issued = useSignal<IssuedWebhook | null>(null);
  const tested = useSignal<Test>(undefined);
  const told = useSignal(0);
  const left = useRef(new AbortController());
  useEffect(() => () => left.current.abort(), []);
  useEffect(() => {
    nameRecords(webhook.records);
  }, [JSON.stringify(webhook.records)]);
  const tell = async (work: () => Promise<unknown>) => {
    try {
      await work();
    } catch (failure) {
      toastFailure(failure);
    }
  };
  const pause = () =>
    tell(async () => {
      const body = { active: !active };
      onChanged(await api.send<Webhook>("PATCH", `/webhooks/${id}`, body, { ifMatch: webhook.revision }));
      toast(active ? "It is paused. What happens meanwhile is told once it goes on." : "It goes on where it was.");
    });
  const test = () =>
    tell(async () => {
      if (tested.peek() === null) return; // not disabled: the keyboard would lose its place
      tested.value = null;
      try {
        const key = { idempotencyKey: onceKey() };
        const { event_id } = await api.send<{ event_id: string }>("POST", `/webhooks/${id}/test`, undefined, key);
        tested.value = { delivery: await attemptOf(id, event_id, null, left.current.signal) };
        told.value += 1;
      } catch (failure) {
        tested.value = undefined;
        throw failure;
      }
    });
  const rotate = () =>
    tell(async () => {
      const key = { idempotencyKey: onceKey() };
      issued.value = await api.send<IssuedWebhook>("POST", `/webhooks/${id}/secret`, {}, key);
      onChanged(issued.value);
    });
  const remove = () =>
    tell(async () => {
      await api.send("DELETE", `/webhooks/${id}`);
      navigate(ALL, { replace: true });
      toast("The webhook is deleted.");
    });
  return (
    <>
      <header class="page-head">
        <div>
          <h2>
            {webhookName(webhook)} {!active && <small class="soft">(paused)</small>}
          </h2>
          <p class="soft any-where">{url}</p>
        </div>
      </header>
      <div class="actions">
        <Button look="primary" disabled={!active} aria-disabled={tested.value === null} onClick={test}>
          Send a test
        </Button>
        <Button onClick={put(replaying, true)}>Tell again …</Button>
        <Button onClick={pause}>{active ? "Pause" : "Resume"}</Button>
        <Button onClick={put(changing, true)}>Change</Button>
        {webhook.face === OWN && (
          <Sure label="of this webhook" sure="Make a new one" onSure={rotate}>
            New secret
          </Sure>
        )}
        <Sure label="this webhook" sure="Delete for good" onSure={remove}>
          Delete
        </Sure>
      </div>
      <Tested test={tested.value} />
      <Facts webhook={webhook} />
      <Deliveries webhook={webhook} told={told.value} />
      {changing.value && (
        <WebhookForm
          webhook={webhook}
          onClose={put(changing, false)}
          onChanged={(changed) => {
            changing.value = false;
            onChanged(changed);
          }}
        />
      )}
      {replaying.value && <Replay webhook={webhook} onClose={put(replaying, false)} />}
      {issued.value && <Secret webhook={issued.value} onClose={put(issued, null)} />}
    </>
  );
}

function Tested({ test }: { test: Test }) {
  return (
    <div role="status">
      {test !== undefined && (
        <p class={`callout ${test?.delivery && test.delivery.outcome !== "delivered" ? "warning" : ""}`}>
          {testWords(test)}
        </p>
      )}
    </div>
  );
}

function testWords(test: Test): string {
  if (!test) return "The test is on its way …";
  const { delivery } = test;
  if (!delivery) {
    return "The test has not been sent yet. Others may be in front of it; or nobody sends: ask your operator for `dayline doctor`.";
  }
  if (delivery.outcome === "delivered") return `The test arrived: ${answerWords(delivery)}.`;
  const why = delivery.error ? `: ${delivery.error.replace(/\.$/, "")}` : "";
  return `The test did not arrive (${answerWords(delivery)})${why}. It is tried again by itself.`;
}

function Facts({ webhook }: { webhook: Webhook }) {
  const { health, owners, records } = webhook;
  const last = health.last_delivery;
  return (
    <dl class="facts">
      <dt>How it is doing</dt>
      <dd class={health.failing_since ? "failing" : ""}>{healthWords(health)}</dd>
      {health.failing_since && last && (
        <>
          <dt>Last try</dt>
          <dd>
            {formatMoment(last.at, zone.value)}: {OUTCOMES[last.outcome]}
            {last.error && `. ${last.error}`}
          </dd>
        </>
      )}
      <dt>Still to be sent</dt>
      <dd>{health.waiting ? waitingWords(health.waiting) : "Nothing"}</dd>
      <dt>Events</dt>
      <dd>{eventWords(webhook.events)}</dd>
      {owners.length > 0 && (
        <>
          <dt>Of these owners</dt>
          <dd>{owners.map(userName).join(", ")}</dd>
        </>
      )}
      {records.length > 0 && (
        <>
          <dt>On these records</dt>
          <dd>
            {records.map((record, place) => (
              <span key={record.uuid}>
                {place > 0 && ", "}
                <a href={recordHref(record)}>{recordName(record)}</a>
              </span>
            ))}
          </dd>
        </>
      )}
      <dt>Whose</dt>
      <dd>{userName(webhook.user_id)}</dd>
      <dt>Words</dt>
      <dd>{faceName(webhook.face)}</dd>
      {webhook.former_secret_until && Date.parse(webhook.former_secret_until) > Date.now() && (
        <>
          <dt>Former secret</dt>
          <dd>signs too until {formatMoment(webhook.former_secret_until, zone.value)}</dd>
        </>
      )}
      <dt>Number</dt>
      <dd>{webhook.id}</dd>
    </dl>
  );
}
