/** When it is: date, time and duration, each of which may be missing, in the viewer's zone. */
import { useState } from "preact/hooks";
import { Field } from "../components/Field";
import { zone } from "../state";
import { allZones, formatDuration, formatMoment, offsetOf } from "../zone";
import type { Opened } from "./opened";
import { fromWall, readDuration, toWall } from "./when";

export function WhenFields({ opened }: { opened: Opened }) {
  const here = zone.value;
  const kept = { date: opened.value("date"), time: opened.value("time") };
  const wall = toWall(kept, here);
  const write = (change: Partial<typeof wall>) => {
    const before = opened.activity.peek();
    opened.change(fromWall({ ...wall, ...change }, here, { date: before?.date ?? null, time: before?.time ?? null }));
  };
  const at = wall.date && wall.time ? Date.parse(`${kept.date}T${kept.time}Z`) : undefined;
  return (
    <section class="part" aria-label="When">
      <h3>
        When{" "}
        <span class="beside">
          in {here}, {offsetOf(here, at)}
        </span>
      </h3>
      <div class="fields">
        <Field label="Date" error={opened.error("date")}>
          {(wiring) => (
            <input
              {...wiring}
              class="input"
              type="date"
              value={wall.date}
              onInput={(event) => write({ date: event.currentTarget.value })}
            />
          )}
        </Field>
        <Field
          label={wall.date ? "Time" : "Time (UTC)"}
          help={wall.date && !wall.time ? "Without a time it is a whole day." : undefined}
          error={opened.error("time")}
        >
          {(wiring) => (
            <input
              {...wiring}
              class="input"
              type="time"
              value={wall.time}
              onInput={(event) => write({ time: event.currentTarget.value })}
            />
          )}
        </Field>
        <DurationField opened={opened} startsAt={at} />
        <Field label="Shown as" error={opened.error("busy")}>
          {(wiring) => (
            <select
              {...wiring}
              class="select"
              value={String(opened.value("busy"))}
              onChange={(event) => opened.change({ busy: JSON.parse(event.currentTarget.value) })}
            >
              <option value="null">Not said</option>
              <option value="true">Busy</option>
              <option value="false">Free</option>
            </select>
          )}
        </Field>
        <Field
          label="Planned in"
          help="The zone it was planned in; kept, and changes nothing."
          error={opened.error("zone")}
        >
          {(wiring) => (
            <select
              {...wiring}
              class="select"
              value={opened.value("zone") ?? ""}
              onChange={(event) => opened.change({ zone: event.currentTarget.value || null })}
            >
              <option value="">Not said</option>
              {zones(opened.value("zone")).map((name) => (
                <option key={name} value={name}>
                  {name}
                </option>
              ))}
            </select>
          )}
        </Field>
      </div>
    </section>
  );
}

/** All zones, also one that this browser does not know. */
function zones(chosen: string | null): readonly string[] {
  const known = allZones();
  return chosen && !known.includes(chosen) ? [chosen, ...known] : known;
}

function DurationField({ opened, startsAt }: { opened: Opened; startsAt: number | undefined }) {
  const seconds = opened.value("duration");
  // What is being typed; once it is left, the field shows it as everywhere else.
  const [typed, setTyped] = useState<string | null>(null);
  const wrong = typed !== null && readDuration(typed) === undefined;
  const ends =
    startsAt !== undefined && seconds ? `Until ${formatMoment(startsAt + seconds * 1000, zone.value)}.` : undefined;
  return (
    <Field
      label="Duration"
      help={ends ?? "Such as 45 min or 1:30."}
      error={wrong ? "Write it as 45 min, 1:30 or 1.5 h." : opened.error("duration")}
    >
      {(wiring) => (
        <input
          {...wiring}
          class="input"
          autocomplete="off"
          value={typed ?? (seconds === null ? "" : formatDuration(seconds))}
          onInput={(event) => {
            const text = event.currentTarget.value;
            setTyped(text);
            const read = readDuration(text);
            if (read !== undefined) opened.change({ duration: read });
          }}
          onBlur={() => !wrong && setTyped(null)}
        />
      )}
    </Field>
  );
}
