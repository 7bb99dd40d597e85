/** Tell a webhook again of what happened, from a moment on or from the beginning. */
import { useSignal } from "@preact/signals";
import { api, onceKey, Problem } from "../api";
import { put, typed } from "../bind";
import { Button } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { Field } from "../components/Field";
import { useAsked } from "../components/Loaded";
import type { Webhook } from "../model";
import { SaveProblem } from "../panel/SaveBar";
import { zone } from "../state";
import { count } from "../words";
import { instantOf, offsetOf, rfc3339, today } from "../zone";
import { waitingWords } from "./telling";

/** Before any change there can be: the server begins with the oldest that it has. */
const BEGINNING = 0;

export function Replay({ webhook, onClose }: { webhook: Webhook; onClose: () => void }) {
  const whole = useSignal(false);
  const date = useSignal(today(zone.peek()));
  const time = useSignal("00:00");
  const key = useSignal(onceKey());
  const problem = useSignal<unknown>(null);
  const changes = useSignal<number | null>(null);
  const { waiting } = webhook.health;
  const since = sinceOf(whole.value, date.value, time.value);
  const preview = useAsked(async () => (since ? await lookAhead(webhook, since) : null), [since]);
  const replay = async () => {
    try {
      const once = { idempotencyKey: key.peek() };
      const asked = await api.send<{ changes: number }>("POST", `/webhooks/${webhook.id}/replay`, { since }, once);
      changes.value = asked.changes;
    } catch (failure) {
      problem.value = failure;
      key.value = onceKey();
    }
  };
  if (changes.value !== null) {
    return (
      <Dialog title="Tell again" onClose={onClose}>
        <p role="status">{askedWords(changes.value, webhook.active)}</p>
        <div class="dialog-foot">
          <Button look="primary" autofocus onClick={onClose}>
            Done
          </Button>
        </div>
      </Dialog>
    );
  }
  return (
    <Dialog title="Tell again" onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          replay();
        }}
      >
        <p>
          Each event has the id that it had, so that a receiver who keeps ids takes only what he missed. It is told as
          its owner may see it today.
        </p>
        <fieldset class="choices">
          <legend class="legend">From where</legend>
          <label class="check">
            <input type="radio" name="from" checked={!whole.value} onChange={put(whole, false)} />
            From a moment on
          </label>
          <label class="check">
            <input type="radio" name="from" checked={whole.value} onChange={put(whole, true)} />
            Everything that is kept
          </label>
        </fieldset>
        {!whole.value && (
          <div class="fields">
            <Field label="Date" error={problem.value instanceof Problem ? problem.value.of("since") : undefined}>
              {(wiring) => (
                <input
                  {...wiring}
                  class="input"
                  type="date"
                  required
                  max={today(zone.value)}
                  value={date.value}
                  onInput={typed(date)}
                />
              )}
            </Field>
            <Field label="Time" help={`In ${zone.value.replaceAll("_", " ")}, ${offsetOf(zone.value)}`}>
              {(wiring) => (
                <input {...wiring} class="input" type="time" required value={time.value} onInput={typed(time)} />
              )}
            </Field>
          </div>
        )}
        <p role="status">{aheadWords(preview.value.value)}</p>
        <p class="soft">{waiting ? `In front of it: ${waitingWords(waiting)}.` : "Nothing waits in front of it."}</p>
        <SaveProblem problem={problem.value} />
        <div class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary">
            Tell again
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** The moment to begin with, where one is said. */
function sinceOf(whole: boolean, date: string, time: string): string | null {
  if (whole) return rfc3339(BEGINNING);
  return date && time ? rfc3339(instantOf(date, time, zone.value)) : null;
}

interface Ahead {
  events: number;
  more: boolean;
}

const lookAhead = (webhook: Webhook, since: string): Promise<Ahead> =>
  api.get<Ahead>(`/webhooks/${webhook.id}/replay`, { since });

/** How much it would be, before it is asked for. */
function aheadWords(ahead: Ahead | null): string {
  if (!ahead) return "";
  if (ahead.more) return `It would be told of ${ahead.events.toLocaleString("en")}+ events.`;
  return ahead.events
    ? `It would be told of ${count(ahead.events, "event")}.`
    : "There is nothing that it would be told.";
}

function askedWords(changes: number, active: boolean): string {
  if (!changes) return "Nothing has happened since then: there is nothing to tell.";
  const begin = active ? "It has begun" : "It begins once the webhook goes on";
  return `${begin}: ${count(changes, "change")} ${changes === 1 ? "is" : "are"} looked at again, and told where the webhook asks for ${changes === 1 ? "it" : "them"}.`;
}
