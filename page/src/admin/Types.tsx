/** The activity types of the account: their names, colours and order, and its own ones. For admins. */
import { useSignal } from "@preact/signals";
import { api, onceKey, Problem } from "../api";
import { put } from "../bind";
import { colourOf } from "../colours";
import { Button } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { Field } from "../components/Field";
import { toast } from "../components/Toast";
import type { ActivityType } from "../model";
import { SaveProblem } from "../panel/SaveBar";
import { loadBasics, types } from "../state";

export function Types() {
  const adding = useSignal(false);
  const changing = useSignal<ActivityType | null>(null);
  return (
    <section class="part" aria-labelledby="types">
      <header class="page-head">
        <div>
          <h2 id="types">Activity types</h2>
          <p class="soft">Their keys stay as they are, since clients rely on them.</p>
        </div>
        <Button icon="add" look="primary" onClick={put(adding, true)}>
          Add a type
        </Button>
      </header>
      <table class="table">
        <thead>
          <tr>
            <th scope="col">Label</th>
            <th scope="col">Key</th>
            <th scope="col">Number</th>
            <th scope="col">Order</th>
            <th scope="col">
              <span class="unseen">Change</span>
            </th>
          </tr>
        </thead>
        <tbody>
          {types.value.map((type) => (
            <tr key={type.id} class={type.active ? "" : "off"}>
              <th scope="row">
                <span class="dot" style={{ "--type": colourOf(type.key) }} /> {type.label}{" "}
                {!type.active && <small>(inactive)</small>}
              </th>
              <td data-label="Key">
                <code>{type.key}</code>
              </td>
              <td data-label="Number">{type.id}</td>
              <td data-label="Order">{type.order}</td>
              <td class="actions">
                <Button aria-label={`Change ${type.label}`} onClick={put(changing, type)}>
                  Change
                </Button>
              </td>
            </tr>
          ))}
        </tbody>
      </table>
      {adding.value && <TypeForm onClose={put(adding, false)} />}
      {changing.value && <TypeForm type={changing.value} onClose={put(changing, null)} />}
    </section>
  );
}

type Draft = Pick<ActivityType, "label" | "icon" | "colour" | "order" | "active">;

function TypeForm({ type, onClose }: { type?: ActivityType; onClose: () => void }) {
  const last = Math.max(0, ...types.peek().map((one) => one.order));
  const draft = useSignal<Draft>(type ?? { label: "", icon: "", colour: "", order: last + 1, active: true });
  const key = useSignal(onceKey());
  const problem = useSignal<unknown>(null);
  const change = (change: Partial<Draft>) => {
    draft.value = { ...draft.peek(), ...change };
  };
  const wrong = (name: string) => (problem.value instanceof Problem ? problem.value.of(name) : undefined);
  const save = async () => {
    try {
      const saved = await write(type, draft.peek(), key.peek());
      await loadBasics();
      onClose();
      toast(type ? `${saved.label} is changed.` : `${saved.label} is added.`);
    } catch (failure) {
      problem.value = failure;
    }
  };
  const shown = draft.value.colour ? `#${draft.value.colour}` : type ? colourOf(type.key) : "#6b7280";
  return (
    <Dialog title={type ? `Change ${type.label}` : "Add a type"} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        <Field label="Label" error={wrong("label")}>
          {(wiring) => (
            <input
              {...wiring}
              class="input"
              required
              autofocus
              maxLength={100}
              value={draft.value.label}
              onInput={(event) => change({ label: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field
          label="Colour"
          help={draft.value.colour ? undefined : "Dayline’s own colour, until another one is chosen."}
          error={wrong("colour")}
        >
          {(wiring) => (
            <span class="colour">
              <input
                {...wiring}
                class="colour-box"
                type="color"
                value={shown.toLowerCase()}
                onInput={(event) => change({ colour: event.currentTarget.value.slice(1) })}
              />
              {draft.value.colour && <Button onClick={() => change({ colour: "" })}>Dayline’s own</Button>}
            </span>
          )}
        </Field>
        <Field
          label="Icon"
          help="The name of the icon that Pipedrive’s clients show, such as call."
          error={wrong("icon")}
        >
          {(wiring) => (
            <input
              {...wiring}
              class="input"
              maxLength={50}
              value={draft.value.icon}
              onInput={(event) => change({ icon: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field label="Order" help="Lists show the lower numbers first." error={wrong("order")}>
          {(wiring) => (
            <input
              {...wiring}
              class="input"
              type="number"
              min={0}
              max={1_000_000}
              value={draft.value.order}
              onInput={(event) => change({ order: Number(event.currentTarget.value) })}
            />
          )}
        </Field>
        {type?.custom && (
          <label class="check">
            <input
              type="checkbox"
              checked={draft.value.active}
              onChange={(event) => change({ active: event.currentTarget.checked })}
            />
            Active: new activities can have this type
          </label>
        )}
        <SaveProblem problem={problem.value} />
        <div class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary">
            {type ? "Save" : "Add"}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Raises Problem. */
function write(type: ActivityType | undefined, draft: Draft, key: string): Promise<ActivityType> {
  const { label, icon, colour, order } = draft;
  if (!type) return api.send("POST", "/activity-types", { label, icon, colour, order }, { idempotencyKey: key });
  const names = ["label", "icon", "colour", "order", "active"] as const;
  const changed = names.filter((name) => draft[name] !== type[name]).map((name) => [name, draft[name]]);
  return api.send("PATCH", `/activity-types/${type.id}`, Object.fromEntries(changed), { ifMatch: type.revision });
}
