/** What the account has chosen: its zone, how long deleted things stay, its own limit. For admins. */
import { useSignal } from "@preact/signals";
import { api, Problem } from "../api";
import { Button } from "../components/Button";
import { Field } from "../components/Field";
import { Loaded, useAsked } from "../components/Loaded";
import { toast } from "../components/Toast";
import type { Settings } from "../model";
import { SaveProblem } from "../panel/SaveBar";
import { allZones } from "../zone";

export function AccountSettings() {
  const asked = useAsked(() => api.get<Settings>("/settings"));
  return (
    <section class="part" aria-labelledby="settings">
      <h2 id="settings">Settings</h2>
      <Loaded asked={asked} text="Loading the settings …">
        {(settings) => <SettingsForm settings={settings} />}
      </Loaded>
    </section>
  );
}

function SettingsForm({ settings }: { settings: Settings }) {
  const draft = useSignal<Omit<Settings, "name">>(settings);
  const problem = useSignal<unknown>(null);
  const change = (change: Partial<Settings>) => {
    draft.value = { ...draft.peek(), ...change };
  };
  const wrong = (name: string) => (problem.value instanceof Problem ? problem.value.of(name) : undefined);
  const save = async () => {
    const { zone, retention_days, rate_limit } = draft.peek();
    try {
      draft.value = await api.send<Settings>("PATCH", "/settings", { zone, retention_days, rate_limit });
      problem.value = null;
      toast("The settings are saved.");
    } catch (failure) {
      problem.value = failure;
    }
  };
  return (
    <form
      class="form"
      onSubmit={(event) => {
        event.preventDefault();
        save();
      }}
    >
      <p class="soft">For {settings.name}, and all who work in it.</p>
      <Field label="Time zone" help="The account’s own. Each user has one for himself." error={wrong("zone")}>
        {(wiring) => (
          <select
            {...wiring}
            class="select"
            value={draft.value.zone}
            onChange={(event) => change({ zone: event.currentTarget.value })}
          >
            {allZones().map((one) => (
              <option key={one} value={one}>
                {one.replaceAll("_", " ")}
              </option>
            ))}
          </select>
        )}
      </Field>
      <Field
        label="Days until deleted things are gone"
        help="So long they can be restored; then they are purged, their files too."
        error={wrong("retention_days")}
      >
        {(wiring) => (
          <input
            {...wiring}
            class="input"
            type="number"
            required
            min={1}
            max={3650}
            value={draft.value.retention_days}
            onInput={(event) => change({ retention_days: Number(event.currentTarget.value) })}
          />
        )}
      </Field>
      <Field
        label="Requests a minute for each token"
        help="Empty: the server’s own limit. More than that has no effect."
        error={wrong("rate_limit")}
      >
        {(wiring) => (
          <input
            {...wiring}
            class="input"
            type="number"
            min={1}
            max={1_000_000}
            value={draft.value.rate_limit ?? ""}
            onInput={(event) => change({ rate_limit: Number(event.currentTarget.value) || null })}
          />
        )}
      </Field>
      <SaveProblem problem={problem.value} />
      <div>
        <Button type="submit" look="primary">
          Save
        </Button>
      </div>
    </form>
  );
}
