/** A new activity in a few words, at the time that was dragged out; everything else is in its panel. */
import { useSignal } from "@preact/signals";
import { about, create } from "../activities";
import { explain, onceKey, Problem } from "../api";
import { Button, IconButton } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { Field } from "../components/Field";
import { RecordPicker } from "../components/RecordPicker";
import { toast } from "../components/Toast";
import type { NewActivity, RecordOf } from "../model";
import { openActivity, types, zone } from "../state";
import { addDays, formatWhen, instantOf, utcOf } from "../zone";

/** When it is to be, on the viewer's clock. */
export interface Draft {
  date: string;
  start: string;
  end: string;
  allDay: boolean;
}

interface Form extends Draft {
  subject: string;
  type: string;
  about: RecordOf | null;
}

const KEPT = "dayline-type";

function whenOf(form: Form): Pick<NewActivity, "date" | "time" | "duration" | "zone"> {
  if (!form.date) return {};
  if (form.allDay || !form.start) return { date: form.date };
  const start = instantOf(form.date, form.start, zone.peek());
  const over = form.end && form.end < form.start; // it goes on past midnight
  const end = form.end ? instantOf(over ? addDays(form.date, 1) : form.date, form.end, zone.peek()) : start;
  return { ...utcOf(start), duration: (end - start) / 1000 || undefined, zone: zone.peek() };
}

function newActivity(form: Form): NewActivity {
  return {
    type: form.type,
    subject: form.subject.trim(),
    ...whenOf(form),
    ...(form.about ? about(form.about.kind, form.about.id) : {}),
  };
}

const usualType = (): string => {
  const active = types.peek().filter((type) => type.active);
  const kept = localStorage.getItem(KEPT);
  return active.find((type) => type.key === kept)?.key ?? active[0]?.key ?? "task";
};

export function QuickCreate({ draft, onClose }: { draft: Draft; onClose: () => void }) {
  const form = useSignal<Form>({ ...draft, subject: "", type: usualType(), about: null });
  const failure = useSignal<unknown>(null);
  const busy = useSignal(false);
  const key = useSignal(onceKey());
  const set = (changes: Partial<Form>) => {
    form.value = { ...form.value, ...changes };
  };
  const wrong = (field: string) => (failure.value instanceof Problem ? failure.value.of(field) : undefined);
  const send = async (more: boolean) => {
    busy.value = true;
    try {
      const made = await create(newActivity(form.value), key.peek());
      localStorage.setItem(KEPT, form.value.type);
      onClose();
      if (more) openActivity(made);
      else toast(`Created: ${formatWhen(made, zone.peek())}`);
    } catch (problem) {
      failure.value = problem;
    } finally {
      busy.value = false;
    }
  };
  const now = form.value;
  return (
    <Dialog title="New activity" onClose={onClose} class="quick">
      <form
        class="quick-form"
        onSubmit={(event) => {
          event.preventDefault();
          void send(false);
        }}
      >
        <Field label="Subject" error={wrong("subject")}>
          {(wiring) => (
            <input
              {...wiring}
              class="input"
              autofocus
              required
              maxLength={1000}
              placeholder="What is to be done?"
              value={now.subject}
              onInput={(event) => set({ subject: event.currentTarget.value })}
            />
          )}
        </Field>
        <div class="quick-when">
          <Field label="Type" error={wrong("type")}>
            {(wiring) => (
              <select
                {...wiring}
                class="select"
                value={now.type}
                onChange={(event) => set({ type: event.currentTarget.value })}
              >
                {types.value
                  .filter((type) => type.active)
                  .map((type) => (
                    <option key={type.key} value={type.key}>
                      {type.label}
                    </option>
                  ))}
              </select>
            )}
          </Field>
          <Field label="Date" error={wrong("date")}>
            {(wiring) => (
              <input
                {...wiring}
                class="input"
                type="date"
                value={now.date}
                onInput={(event) => set({ date: event.currentTarget.value })}
              />
            )}
          </Field>
          <Field label="From" error={wrong("time")}>
            {(wiring) => (
              <input
                {...wiring}
                class="input"
                type="time"
                disabled={now.allDay}
                value={now.allDay ? "" : now.start}
                onInput={(event) => set({ start: event.currentTarget.value })}
              />
            )}
          </Field>
          <Field label="To" error={wrong("duration")}>
            {(wiring) => (
              <input
                {...wiring}
                class="input"
                type="time"
                disabled={now.allDay}
                value={now.allDay ? "" : now.end}
                onInput={(event) => set({ end: event.currentTarget.value })}
              />
            )}
          </Field>
        </div>
        <label class="check">
          <input
            type="checkbox"
            checked={now.allDay}
            onChange={(event) => set({ allDay: event.currentTarget.checked, ...times(now) })}
          />
          All day
        </label>
        <Field label="About" error={wrong("related")} help="A deal, a contact, a candidate … You can leave it empty.">
          {(wiring) =>
            now.about ? (
              <span class="chip">
                <span>{now.about.name}</span>
                <IconButton icon="close" label="About nothing" onClick={() => set({ about: null })} />
              </span>
            ) : (
              <RecordPicker id={wiring.id} label="About" onPick={(about) => set({ about })} />
            )
          }
        </Field>
        <p class="field-error" role="alert">
          {failure.value ? explain(failure.value) : ""}
        </p>
        <footer class="dialog-foot">
          <Button disabled={busy.value} onClick={() => send(true)}>
            Create and open
          </Button>
          <Button type="submit" look="primary" disabled={busy.value}>
            {busy.value ? "Creating …" : "Create"}
          </Button>
        </footer>
      </form>
    </Dialog>
  );
}

/** A whole day that is to have a time after all begins in the morning. */
const times = (form: Form): Partial<Form> => (form.start ? {} : { start: "09:00", end: "10:00" });
