/** A note or a call about a record, written down in one line. */

import { useSignal } from "@preact/signals";
import { useId, useRef } from "preact/hooks";
import { about, create, titleOf } from "../activities";
import { onceKey } from "../api";
import { put, typed } from "../bind";
import { Button } from "../components/Button";
import { toast, toastFailure } from "../components/Toast";
import type { Kind } from "../model";
import { utcOf } from "../zone";

/** A line that was sent: again after a failure it is the same, so that it is written once. */
interface Sent {
  type: string;
  subject: string;
  /** When that was, in ms, on the minute. */
  at: number;
  key: string;
}

const LINES = [
  { type: "note", label: "Note", placeholder: "What is worth knowing?" },
  { type: "call", label: "Call", placeholder: "What was said?" },
] as const;

const MINUTE = 60_000;
const lineOf = (type: string, subject: string): Sent => ({
  type,
  subject,
  at: Math.floor(Date.now() / MINUTE) * MINUTE,
  key: onceKey(),
});

/** It is done already, now. */
export function QuickLine({ kind, id }: { kind: Kind; id: number }) {
  const chosen = useSignal<(typeof LINES)[number]>(LINES[0]);
  const text = useSignal("");
  const busy = useSignal(false);
  const sent = useRef<Sent | null>(null);
  const input = useId();
  const add = async () => {
    const subject = text.value.trim();
    if (!subject || busy.peek()) return;
    const { type } = chosen.value;
    if (sent.current?.subject !== subject || sent.current.type !== type) sent.current = lineOf(type, subject);
    const { at, key } = sent.current;
    busy.value = true;
    try {
      const made = await create({ type, subject, done: true, ...utcOf(at), ...about(kind, id) }, key);
      sent.current = null;
      text.value = "";
      toast(`${chosen.value.label} added: “${titleOf(made)}”`);
    } catch (failure) {
      toastFailure(failure);
    } finally {
      busy.value = false;
    }
  };
  return (
    <form
      class="quick-line"
      onSubmit={(event) => {
        event.preventDefault();
        add();
      }}
    >
      <fieldset class="segments">
        <legend class="unseen">What to add</legend>
        {LINES.map((line) => (
          <button key={line.type} type="button" aria-pressed={line === chosen.value} onClick={put(chosen, line)}>
            {line.label}
          </button>
        ))}
      </fieldset>
      <label class="unseen" for={input}>
        {chosen.value.label}
      </label>
      <input
        id={input}
        class="input"
        maxLength={1000}
        placeholder={chosen.value.placeholder}
        value={text.value}
        onInput={typed(text)}
      />
      <Button type="submit" look="primary" disabled={busy.value}>
        Add
      </Button>
    </form>
  );
}
