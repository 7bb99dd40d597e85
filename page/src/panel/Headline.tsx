/** What it is and whether it is done: the tick, the subject, the type. */
import { useEffect, useId, useRef } from "preact/hooks";
import { doneAsIn } from "../activities";
import { colourOf } from "../colours";
import { Icon } from "../components/Icon";
import { type Shown, toast, undoable } from "../components/Toast";
import { types, zone } from "../state";
import { formatMoment, formatWhen, isOverdue } from "../zone";
import type { Opened } from "./opened";

export function Headline({ opened }: { opened: Opened }) {
  const subject = useId();
  const activity = opened.activity.value;
  const input = useRef<HTMLInputElement>(null);
  useEffect(() => {
    if (opened.id === 0) input.current?.focus(); // a new one begins with what it is
  }, [opened]);
  if (!activity) return null;
  const done = opened.value("done");
  const overdue = isOverdue(activity, zone.value);
  return (
    <div class="headline">
      <button
        type="button"
        role="checkbox"
        class="tick"
        aria-label="Done"
        aria-checked={done}
        style={{ "--type": colourOf(opened.value("type")) }}
        title={done ? "Done" : "Mark as done"}
        disabled={activity.deleted_at !== null}
        onClick={() => void undoable(tick(opened, !done))}
      >
        <Icon name="check" />
      </button>
      <div class="headline-words">
        <label class="unseen" for={subject}>
          Subject
        </label>
        <input
          ref={input}
          id={subject}
          class="input subject"
          maxLength={1000}
          placeholder="No subject"
          value={opened.value("subject")}
          onInput={(event) => opened.change({ subject: event.currentTarget.value })}
        />
        <p class="headline-facts">
          <TypeSelect opened={opened} />
          {activity.id > 0 && <span>{formatWhen(activity, zone.value)}</span>}
          {overdue && <span class="overdue">Overdue</span>}
          {activity.done && activity.done_at && <span>Done {formatMoment(activity.done_at, zone.value)}</span>}
        </p>
      </div>
    </div>
  );
}

function TypeSelect({ opened }: { opened: Opened }) {
  const chosen = opened.value("type");
  const offered = types.value.filter((type) => type.active || type.key === chosen);
  return (
    <select
      class="select type-select"
      aria-label="Type"
      value={chosen}
      onChange={(event) => opened.change({ type: event.currentTarget.value })}
    >
      {offered.map((type) => (
        <option key={type.key} value={type.key}>
          {type.label}
        </option>
      ))}
      {!offered.some((type) => type.key === chosen) && <option value={chosen}>{chosen}</option>}
    </select>
  );
}

async function tick(opened: Opened, done: boolean): Promise<Shown | undefined> {
  const before = opened.activity.peek();
  await opened.write({ done });
  if (opened.problem.peek() || opened.id === 0 || !before) return undefined;
  return toast(done ? "Marked as done." : "Marked as open.", { undo: () => opened.write(doneAsIn(before)) });
}
