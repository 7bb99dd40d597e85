/** What was sent to a webhook, the latest first; each opens into what was said and answered. */
import { type Signal, useSignal } from "@preact/signals";
import { useEffect, useMemo, useRef } from "preact/hooks";
import { api, onceKey } from "../api";
import { put } from "../bind";
import { Button } from "../components/Button";
import { Code } from "../components/Code";
import { Dialog } from "../components/Dialog";
import { Listed } from "../components/Listed";
import { Loaded, useAsked } from "../components/Loaded";
import { Segments } from "../components/Segments";
import { Empty } from "../components/States";
import { Tabs } from "../components/Tabs";
import { toastFailure } from "../components/Toast";
import type { Delivery, Message, Outcome, Page, Webhook, WholeDelivery } from "../model";
import { Paged } from "../paged";
import { activityHref, zone } from "../state";
import { formatMoment } from "../zone";
import { answerWords, attemptOf, OUTCOMES } from "./telling";

type Chosen = Outcome | "all";

const CHOICES: readonly { value: Chosen; label: string }[] = [
  { value: "all", label: "All" },
  { value: "failed", label: "Failed" },
  { value: "given up", label: "Given up" },
];

interface DeliveriesProps {
  webhook: Webhook;
  /** Goes up when the reader himself had something sent, which is then shown at once. */
  told: number;
}

export function Deliveries({ webhook, told }: DeliveriesProps) {
  const chosen = useSignal<Chosen>("all");
  const opened = useSignal<Delivery | null>(null);
  const outcome = chosen.value === "all" ? null : chosen.value;
  const known = useSignal<string | undefined>(undefined); // what was the last when the list was asked for
  const paged = useMemo(
    () =>
      new Paged<Delivery>((cursor, signal, limit) => {
        const params = { outcome, cursor, limit: limit ?? 50 };
        return api.get<Page<Delivery>>(`/webhooks/${webhook.id}/deliveries`, params, { signal });
      }),
    [outcome],
  );
  const latest = webhook.health.last_delivery;
  const last = latest?.id;
  const show = () => {
    known.value = last;
    paged.again();
  };
  useEffect(() => {
    if (told) show();
  }, [told]);
  useEffect(() => {
    // What comes first, or into an empty list, pushes nothing away.
    if (known.peek() === undefined) show();
  }, [last]);
  const isMeant = latest && (!outcome || latest.outcome === outcome);
  const hasMore = isMeant && known.value !== undefined && !paged.items.value.some(({ id }) => id === last);
  return (
    <section class="part" aria-labelledby="deliveries">
      <header class="page-head">
        <h3 id="deliveries">What was sent</h3>
        <Segments label="Show" options={CHOICES} value={chosen.value} onChoose={(value) => (chosen.value = value)} />
      </header>
      {hasMore && (
        <div class="callout" role="status">
          <span>More has been sent since.</span>
          <Button onClick={show}>Show it</Button>
        </div>
      )}
      <Listed
        paged={paged}
        text="Loading what was sent …"
        empty={
          <Empty title={outcome ? "Nothing of the kind" : "Nothing has been sent yet"}>
            {!outcome && <p>Send a test to see whether it arrives.</p>}
          </Empty>
        }
      >
        {(deliveries) => <DeliveryTable deliveries={deliveries} opened={opened} />}
      </Listed>
      {opened.value && (
        <DeliveryDialog
          webhook={webhook}
          delivery={opened.value}
          onClose={put(opened, null)}
          onSent={() => paged.again()}
        />
      )}
    </section>
  );
}

function DeliveryTable({ deliveries, opened }: { deliveries: readonly Delivery[]; opened: Signal<Delivery | null> }) {
  return (
    <table class="table">
      <thead>
        <tr>
          <th scope="col">Event</th>
          <th scope="col">When</th>
          <th scope="col">Try</th>
          <th scope="col">Outcome</th>
          <th scope="col">Answer</th>
        </tr>
      </thead>
      <tbody>
        {deliveries.map((delivery) => (
          <tr key={delivery.id}>
            <th scope="row">
              <button type="button" class="entry-title" aria-haspopup="dialog" onClick={put(opened, delivery)}>
                {titleOf(delivery)}
              </button>
            </th>
            <td data-label="When">
              <time dateTime={delivery.at}>{formatMoment(delivery.at, zone.value)}</time>
            </td>
            <td data-label="Try">{delivery.attempt}</td>
            <td data-label="Outcome" class={delivery.outcome === "delivered" ? "" : "failing"}>
              {OUTCOMES[delivery.outcome]}
            </td>
            <td data-label="Answer">
              {answerWords(delivery)}
              {delivery.error && <small class="below"> {delivery.error}</small>}
            </td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const titleOf = ({ type, entity, entity_id }: Delivery): string =>
  entity && entity_id ? `${type}: ${entity.replaceAll("_", " ")} ${entity_id}` : type;

interface DeliveryDialogProps {
  webhook: Webhook;
  delivery: Delivery;
  onClose: () => void;
  onSent: () => void;
}

function DeliveryDialog({ webhook, delivery, onClose, onSent }: DeliveryDialogProps) {
  const path = `/webhooks/${webhook.id}/deliveries/${delivery.id}`;
  const asked = useAsked(() => api.get<WholeDelivery>(path));
  const said = useSignal("");
  const sending = useSignal(false);
  const left = useRef(new AbortController());
  useEffect(() => () => left.current.abort(), []);
  const again = async () => {
    if (sending.peek()) return; // not disabled: the keyboard would lose its place
    sending.value = true;
    said.value = webhook.active ? "It is on its way …" : "It is sent once the webhook goes on.";
    try {
      const latest = await api.get<Page<Delivery>>(`/webhooks/${webhook.id}/deliveries`, {
        event_id: delivery.event_id,
        limit: 1,
      });
      await api.send("POST", `${path}/replay`, undefined, { idempotencyKey: onceKey() });
      if (webhook.active) {
        const sent = await attemptOf(webhook.id, delivery.event_id, latest.data[0]?.id ?? null, left.current.signal);
        said.value = sent ? `Sent again. ${OUTCOMES[sent.outcome]}: ${answerWords(sent)}.` : "It is still waiting.";
        if (sent) onSent();
      }
    } catch (failure) {
      said.value = "";
      toastFailure(failure);
    }
    sending.value = false;
  };
  return (
    <Dialog title={titleOf(delivery)} onClose={onClose} class="wide">
      <Loaded asked={asked} text="Loading what was said …">
        {(whole) => <Whole delivery={whole} />}
      </Loaded>
      <p role="status">{said.value}</p>
      <div class="dialog-foot">
        <Button aria-disabled={sending.value} onClick={again}>
          Send it again
        </Button>
        <Button look="primary" onClick={onClose}>
          Done
        </Button>
      </div>
    </Dialog>
  );
}

function Whole({ delivery }: { delivery: WholeDelivery }) {
  const { entity, entity_id: id } = delivery;
  return (
    <>
      <dl class="facts">
        <dt>When</dt>
        <dd>{formatMoment(delivery.at, zone.value)}</dd>
        <dt>Where to</dt>
        <dd>{delivery.url}</dd>
        <dt>Outcome</dt>
        <dd class={delivery.outcome === "delivered" ? "" : "failing"}>{OUTCOMES[delivery.outcome]}</dd>
        <dt>Answer</dt>
        <dd>
          {answerWords(delivery)}, try {delivery.attempt}
        </dd>
        {delivery.error && (
          <>
            <dt>What went wrong</dt>
            <dd>{delivery.error}</dd>
          </>
        )}
        <dt>Event’s id</dt>
        <dd>{delivery.event_id}</dd>
        {delivery.sequence && (
          <>
            <dt>Change</dt>
            <dd>number {delivery.sequence}</dd>
          </>
        )}
        {entity === "activity" && id && (
          <>
            <dt>About</dt>
            <dd>
              <a href={activityHref({ id })}>Activity {id}</a>
            </dd>
          </>
        )}
      </dl>
      <Tabs
        label="What was said"
        initial={delivery.outcome === "delivered" ? "request" : "response"}
        tabs={[
          { key: "request", label: "Request", show: () => <Said message={delivery.request} whose="Request" /> },
          { key: "response", label: "Answer", show: () => <Said message={delivery.response} whose="Answer" /> },
        ]}
      />
    </>
  );
}

function Said({ message, whose }: { message: Message; whose: string }) {
  if (!message.headers.length && !message.body) return <p class="soft">Neither headers nor a body are known.</p>;
  return (
    <div class="form json">
      {message.headers.length > 0 && <Code text={message.headers.join("\n")} label={`${whose}: headers`} />}
      {message.body ? <Code text={pretty(message.body)} label={`${whose}: body`} /> : <p class="soft">No body.</p>}
    </div>
  );
}

/** JSON so that it can be read; anything else, and what was cut off, as it came. */
function pretty(body: string): string {
  try {
    return JSON.stringify(JSON.parse(body), null, 2);
  } catch {
    return body;
  }
}
