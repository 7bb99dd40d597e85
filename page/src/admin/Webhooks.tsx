/** Who is told what happens: the webhooks of the user, or of the whole account, and how each is doing. */
import { useSignal } from "@preact/signals";
import { useMemo } from "preact/hooks";
import { api } from "../api";
import { useArrival } from "../arrival";
import { put } from "../bind";
import { Button } from "../components/Button";
import { Listed } from "../components/Listed";
import { Empty } from "../components/States";
import { useEvery } from "../every";
import type { IssuedWebhook, Page, Webhook } from "../model";
import { Paged } from "../paged";
import { route } from "../router";
import { isAdmin } from "../session";
import { userName } from "../state";
import { Secret } from "./Secret";
import { eventWords, faceName, healthWords, hostOf, waitingWords, webhookHref, webhookName } from "./telling";
import { WebhookForm } from "./WebhookForm";
import { WebhookOpened } from "./WebhookOpened";
import "../styles/panel.css";

const LOOK = 5_000;

/** The one that the address names, or all of them. */
export function Webhooks() {
  const id = Number(route.value.query.get("webhook"));
  return Number.isInteger(id) && id > 0 ? <WebhookOpened key={id} id={id} /> : <AllWebhooks />;
}

function AllWebhooks() {
  const making = useSignal(false);
  const issued = useSignal<IssuedWebhook | null>(null);
  const paged = useMemo(
    () =>
      new Paged<Webhook>((cursor, signal, limit) => api.get<Page<Webhook>>("/webhooks", { cursor, limit }, { signal })),
    [],
  );
  useArrival(undefined);
  useEvery(LOOK, () => paged.loading.peek() || paged.again());
  return (
    <section class="part" aria-labelledby="webhooks">
      <header class="page-head">
        <div>
          <h2 id="webhooks">Webhooks</h2>
          <p class="soft">Addresses that are told what happens, signed, and told again until they have it.</p>
        </div>
        <Button icon="add" look="primary" onClick={put(making, true)}>
          Make a webhook
        </Button>
      </header>
      <Listed
        paged={paged}
        text="Loading the webhooks …"
        empty={
          <Empty title="Nobody is told yet">
            <p>Make a webhook for each program that should know at once what happens here.</p>
          </Empty>
        }
      >
        {(webhooks) => <WebhookTable webhooks={webhooks} />}
      </Listed>
      {making.value && (
        <WebhookForm
          onClose={put(making, false)}
          onMade={(webhook) => {
            making.value = false;
            issued.value = webhook;
            paged.again();
          }}
        />
      )}
      {issued.value && <Secret webhook={issued.value} onClose={put(issued, null)} />}
    </section>
  );
}

function WebhookTable({ webhooks }: { webhooks: readonly Webhook[] }) {
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">Webhook</th>
          {isAdmin() && <th scope="col">Whose</th>}
          <th scope="col">Words</th>
          <th scope="col">Events</th>
          <th scope="col">State</th>
          <th scope="col">How it is doing</th>
        </tr>
      </thead>
      <tbody>
        {webhooks.map((webhook) => (
          <tr key={webhook.id} class={webhook.active ? "" : "off"}>
            <th scope="row">
              <a href={webhookHref(webhook.id)}>{webhookName(webhook)}</a>{" "}
              <small>{webhook.name ? hostOf(webhook.url) : `number ${webhook.id}`}</small>
            </th>
            {isAdmin() && <td data-label="Whose">{userName(webhook.user_id)}</td>}
            <td data-label="Words">{faceName(webhook.face)}</td>
            <td data-label="Events">{eventWords(webhook.events)}</td>
            <td data-label="State">{webhook.active ? "Active" : "Paused"}</td>
            <td data-label="Health">
              <Doing webhook={webhook} />
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Doing({ webhook: { health } }: { webhook: Webhook }) {
  return (
    <span>
      <span class={health.failing_since ? "failing" : ""}>{healthWords(health)}</span>
      {health.waiting > 0 && <small class="below"> {waitingWords(health.waiting)}</small>}
    </span>
  );
}
