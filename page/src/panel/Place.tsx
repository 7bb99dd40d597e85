/** Where it is: a place as people write it, the parts of its address, and the online meeting. */
import { Field } from "../components/Field";
import type { Conference, Location } from "../model";
import { filled } from "./edits";
import type { Opened } from "./opened";

const PARTS: readonly { name: Exclude<keyof Location, "value">; label: string }[] = [
  { name: "formatted_address", label: "Whole address" },
  { name: "street_number", label: "House number" },
  { name: "route", label: "Street" },
  { name: "subpremise", label: "Floor or flat" },
  { name: "postal_code", label: "Postal code" },
  { name: "locality", label: "Town" },
  { name: "sublocality", label: "District" },
  { name: "admin_area_level_1", label: "State or county" },
  { name: "admin_area_level_2", label: "Region" },
  { name: "country", label: "Country" },
];

const MEETING: readonly { name: keyof Conference; label: string }[] = [
  { name: "url", label: "Link" },
  { name: "client", label: "Service" },
  { name: "id", label: "Number of the meeting" },
];

export function Place({ opened }: { opened: Opened }) {
  const location = opened.value("location");
  const conference = opened.value("conference");
  const place = (name: keyof Location, text: string) =>
    opened.change({ location: filled({ ...location, [name]: text || null }) });
  const meeting = (name: keyof Conference, text: string) =>
    opened.change({ conference: filled({ ...conference, [name]: text || null }) });
  const link = conference?.url ?? "";
  return (
    <section class="part" aria-label="Where">
      <h3>Where</h3>
      <Field label="Place" error={opened.error("location")}>
        {(wiring) => <Line wiring={wiring} value={location?.value} onText={(text) => place("value", text)} />}
      </Field>
      <details class="more" open={PARTS.some(({ name }) => location?.[name])}>
        <summary>Parts of the address</summary>
        <div class="fields">
          {PARTS.map(({ name, label }) => (
            <Field key={name} label={label}>
              {(wiring) => <Line wiring={wiring} value={location?.[name]} onText={(text) => place(name, text)} />}
            </Field>
          ))}
        </div>
      </details>
      <h4>Online meeting</h4>
      <div class="fields">
        {MEETING.map(({ name, label }) => (
          <Field key={name} label={label} class={name === "url" ? "wide" : ""} error={opened.error("conference")}>
            {(wiring) => <Line wiring={wiring} value={conference?.[name]} onText={(text) => meeting(name, text)} />}
          </Field>
        ))}
      </div>
      {isWebAddress(link) && (
        <p>
          <a href={link} target="_blank" rel="noopener noreferrer">
            Open the meeting
          </a>
        </p>
      )}
    </section>
  );
}

interface LineProps {
  wiring: object;
  value: string | null | undefined;
  onText: (text: string) => void;
}

function Line({ wiring, value, onText }: LineProps) {
  return (
    <input
      {...wiring}
      class="input"
      autocomplete="off"
      maxLength={1000}
      value={value ?? ""}
      onInput={(event) => onText(event.currentTarget.value)}
    />
  );
}

/** Only what a browser would fetch becomes a link: anybody may have written it, and `javascript:` would run. */
export function isWebAddress(text: string): boolean {
  return URL.canParse(text) && ["https:", "http:"].includes(new URL(text).protocol);
}
