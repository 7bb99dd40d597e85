/** A record to be created or changed, in a dialog. */
import { useSignal } from "@preact/signals";
import { api, onceKey, Problem } from "../api";
import { Button } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { Field } from "../components/Field";
import type { Kind, RecordOf } from "../model";
import { SaveProblem } from "../panel/SaveBar";
import { users } from "../state";
import { KINDS, kindName } from "../words";

interface RecordFormProps {
  /** The one to be changed; none for a new one. */
  record?: RecordOf;
  kind?: Kind;
  onDone: (record: RecordOf) => void;
  onClose: () => void;
}

const TEXTS = [
  { name: "name", label: "Name", type: "text", most: 255 },
  { name: "email", label: "Email", type: "email", most: 320 },
  { name: "phone", label: "Phone", type: "tel", most: 100 },
  { name: "external_id", label: "Number in another system", type: "text", most: 255 },
] as const;

type Draft = Pick<RecordOf, "kind" | "name" | "email" | "phone" | "external_id" | "owner_id">;

export function RecordForm({ record, kind = "contact", onDone, onClose }: RecordFormProps) {
  const draft = useSignal<Draft>(
    record ?? { kind, name: "", email: null, phone: null, external_id: null, owner_id: null },
  );
  const key = useSignal(onceKey());
  const problem = useSignal<unknown>(null);
  const saving = useSignal(false);
  const change = (change: Partial<Draft>) => {
    draft.value = { ...draft.peek(), ...change };
  };
  const save = async () => {
    saving.value = true;
    try {
      onDone(await write(record, draft.peek(), key.peek()));
    } catch (failure) {
      problem.value = failure;
    } finally {
      saving.value = false;
    }
  };
  const wrong = (name: string) => (problem.value instanceof Problem ? problem.value.of(name) : undefined);
  return (
    <Dialog title={record ? `Change ${record.name}` : "New record"} onClose={onClose}>
      <form
        class="form"
        onSubmit={(event) => {
          event.preventDefault();
          save();
        }}
      >
        {!record && (
          <Field label="Kind">
            {(wiring) => (
              <select
                {...wiring}
                class="select"
                value={draft.value.kind}
                onChange={(event) => change({ kind: event.currentTarget.value as Kind })}
              >
                {KINDS.map((one) => (
                  <option key={one.kind} value={one.kind}>
                    {one.one}
                  </option>
                ))}
              </select>
            )}
          </Field>
        )}
        {TEXTS.map(({ name, label, type, most }) => (
          <Field key={name} label={label} error={wrong(name)}>
            {(wiring) => (
              <input
                {...wiring}
                class="input"
                type={type}
                required={name === "name"}
                maxLength={most}
                autocomplete="off"
                autofocus={name === "name"}
                value={draft.value[name] ?? ""}
                onInput={(event) =>
                  change({ [name]: event.currentTarget.value || (name === "name" ? "" : null) } as Partial<Draft>)
                }
              />
            )}
          </Field>
        ))}
        <Field label="Owner" error={wrong("owner_id")}>
          {(wiring) => (
            <select
              {...wiring}
              class="select"
              value={draft.value.owner_id ?? ""}
              onChange={(event) => change({ owner_id: Number(event.currentTarget.value) || null })}
            >
              <option value="">Nobody</option>
              {users.value
                .filter((user) => user.active || user.id === draft.value.owner_id)
                .map((user) => (
                  <option key={user.id} value={user.id}>
                    {user.name}
                  </option>
                ))}
            </select>
          )}
        </Field>
        <SaveProblem problem={problem.value} />
        <div class="dialog-foot">
          <Button onClick={onClose}>Cancel</Button>
          <Button type="submit" look="primary" disabled={saving.value}>
            {record ? "Save" : `Create the ${kindName(draft.value.kind).toLowerCase()}`}
          </Button>
        </div>
      </form>
    </Dialog>
  );
}

/** Raises Problem. What is as it was is not sent. */
function write(record: RecordOf | undefined, draft: Draft, key: string): Promise<RecordOf> {
  if (!record) return api.send<RecordOf>("POST", "/records", draft, { idempotencyKey: key });
  const names = ["name", "email", "phone", "external_id", "owner_id"] as const;
  const changed = names.filter((name) => draft[name] !== record[name]).map((name) => [name, draft[name]]);
  const path = `/records/${record.kind}/${record.id}`;
  return api.send<RecordOf>("PATCH", path, Object.fromEntries(changed), { ifMatch: record.revision });
}
