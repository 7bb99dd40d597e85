/** Every field of an activity, to be seen and changed. */
import { Fragment } from "preact";
import { Field } from "../components/Field";
import type { Activity, Priority, Visibility } from "../model";
import { userName, zone } from "../state";
import { PRIORITIES, VISIBILITIES } from "../words";
import { formatMoment } from "../zone";
import type { Opened } from "./opened";
import { People } from "./People";
import { Place } from "./Place";
import { Related } from "./Related";
import { WhenFields } from "./WhenFields";

export function Details({ opened }: { opened: Opened }) {
  const activity = opened.activity.value;
  if (!activity) return null;
  return (
    <div class="details">
      <WhenFields opened={opened} />
      <Texts opened={opened} />
      <Related opened={opened} />
      <People opened={opened} />
      <Place opened={opened} />
      <Rest opened={opened} />
      {activity.id > 0 && <Facts activity={activity} />}
    </div>
  );
}

/** What the team writes for itself, and what it shares, so far apart that nobody mistakes the one for the other. */
function Texts({ opened }: { opened: Opened }) {
  return (
    <section class="part texts" aria-label="Texts">
      <Field
        label="Shared description"
        help="Attendees see this, for instance in an invitation."
        error={opened.error("description")}
      >
        {(wiring) => (
          <textarea
            {...wiring}
            class="area"
            rows={3}
            maxLength={100_000}
            value={opened.value("description") ?? ""}
            onInput={(event) => opened.change({ description: event.currentTarget.value || null })}
          />
        )}
      </Field>
      <Field
        label="Internal note"
        class="internal"
        help="For your team alone. It is never shown to attendees."
        error={opened.error("note")}
      >
        {(wiring) => (
          <textarea
            {...wiring}
            class="area"
            rows={3}
            maxLength={100_000}
            value={opened.value("note") ?? ""}
            onInput={(event) => opened.change({ note: event.currentTarget.value || null })}
          />
        )}
      </Field>
    </section>
  );
}

function Rest({ opened }: { opened: Opened }) {
  const seen = opened.value("visibility");
  return (
    <section class="part" aria-label="Outcome and visibility">
      <h3>Outcome and visibility</h3>
      <div class="fields">
        <Field label="Priority" error={opened.error("priority")}>
          {(wiring) => (
            <select
              {...wiring}
              class="select"
              value={opened.value("priority") ?? ""}
              onChange={(event) => opened.change({ priority: (event.currentTarget.value || null) as Priority | null })}
            >
              <option value="">None</option>
              {PRIORITIES.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field
          label="Visible to"
          help={VISIBILITIES.find(({ value }) => value === seen)?.help}
          error={opened.error("visibility")}
        >
          {(wiring) => (
            <select
              {...wiring}
              class="select"
              value={seen}
              onChange={(event) => opened.change({ visibility: event.currentTarget.value as Visibility })}
            >
              {VISIBILITIES.map(({ value, label }) => (
                <option key={value} value={value}>
                  {label}
                </option>
              ))}
            </select>
          )}
        </Field>
        <Field label="Outcome" class="wide" help="What came of it, in a few words." error={opened.error("outcome")}>
          {(wiring) => (
            <input
              {...wiring}
              class="input"
              maxLength={1000}
              value={opened.value("outcome") ?? ""}
              onInput={(event) => opened.change({ outcome: event.currentTarget.value || null })}
            />
          )}
        </Field>
      </div>
    </section>
  );
}

/** What nobody changes by hand. */
function Facts({ activity }: { activity: Activity }) {
  const at = (instant: string) => formatMoment(instant, zone.value);
  const kept = Object.entries(activity.extras);
  return (
    <section class="part" aria-label="Facts">
      <h3>Facts</h3>
      <dl class="facts">
        <dt>Created</dt>
        <dd>
          {at(activity.created_at)} by {userName(activity.creator_id)}
        </dd>
        <dt>Changed</dt>
        <dd>
          {at(activity.updated_at)} by {userName(activity.editor_id)}
        </dd>
        <dt>Number</dt>
        <dd>
          {activity.id}, revision {activity.revision}
        </dd>
        <dt>UUID</dt>
        <dd>
          <code>{activity.uuid}</code>
        </dd>
        {activity.main_kind && (
          <>
            <dt>Kind of the main record</dt>
            <dd>{activity.main_kind}, as a vendor’s client has said</dd>
          </>
        )}
        {kept.map(([vendor, values]) => (
          <Fragment key={vendor}>
            <dt>Only for {vendor}</dt>
            <dd>
              <code>{JSON.stringify(values)}</code>
            </dd>
          </Fragment>
        ))}
      </dl>
    </section>
  );
}
