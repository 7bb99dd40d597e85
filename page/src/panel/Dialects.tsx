/** One activity as each dialect shows it, side by side, with what each leaves out and the call that shows it. */
import { api } from "../api";
import { Code } from "../components/Code";
import { Copyable } from "../components/Copy";
import { Loaded, useAsked } from "../components/Loaded";
import type { Activity, Rendering, Renderings } from "../model";
import { fieldName } from "../words";
import { curlOf, VARIABLE } from "./curl";

export function Dialects({ activity }: { activity: Activity }) {
  const asked = useAsked(
    () => api.get<Renderings>(`/activities/${activity.id}/dialects`),
    [activity.id, activity.revision],
  );
  return (
    <Loaded asked={asked} text="Asking every dialect …">
      {(shown) => (
        <section class="part" aria-label="In each dialect">
          <p class="soft">
            One activity, as each client reads it. Make a token under <a href="/app/admin/tokens">Tokens</a>, put it
            into the variable <code>{VARIABLE}</code> of your shell, and the lines work.
          </p>
          <div class="dialects">
            {shown.dialects.map((one) => (
              <Tongue key={one.dialect} one={one} activity={activity} />
            ))}
          </div>
        </section>
      )}
    </Loaded>
  );
}

function Tongue({ one, activity }: { one: Rendering; activity: Activity }) {
  const curl = curlOf(one.dialect, activity, location.origin);
  return (
    <article class="tongue" aria-label={one.title}>
      <h4>{one.title}</h4>
      {curl ? (
        <Copyable text={curl} label={`The call that shows it in ${one.title}`} />
      ) : (
        <p class="soft">
          This dialect has no call that shows this activity alone: it hangs on no record that it knows.
        </p>
      )}
      <p class="legend">{one.left_out.length ? "Left out, or not said whole" : "Nothing is left out"}</p>
      {one.left_out.length > 0 && (
        <ul class="chips">
          {one.left_out.map((name) => (
            <li key={name} class="chip still" title={name}>
              {fieldName(name)}
            </li>
          ))}
        </ul>
      )}
      <Code class="json" text={JSON.stringify(one.shown, null, 2)} label={`The activity in ${one.title}`} />
    </article>
  );
}
