/** The table: only the rows that are seen are in the page, however many there are. */
import { type ReadonlySignal, useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { titleOf } from "../activities";
import { colourOf } from "../colours";
import { Icon } from "../components/Icon";
import { Tick } from "../components/Tick";
import type { Activity } from "../model";
import { openActivity, recordName, typeLabel, userName, zone } from "../state";
import { formatMoment, formatWhen, isOverdue } from "../zone";

export type SortName = "due" | "created_at" | "updated_at";
export interface Sort {
  by: SortName;
  order: "asc" | "desc";
}

const HEIGHT = 44;
const BEYOND = 12;

interface TableProps {
  activities: Activity[];
  /** Whether there are more than these. */
  more: boolean;
  sort: Sort;
  onSort: (by: SortName) => void;
  chosen: ReadonlySignal<Set<number>>;
  onChoose: (ids: number[], on: boolean) => void;
  onNearEnd: () => void;
}

export function Table({ activities, more, sort, onSort, chosen, onChoose, onNearEnd }: TableProps) {
  const scroll = useRef<HTMLDivElement>(null);
  const slice = useSignal({ from: 0, until: 40 });
  const last = useRef<number | null>(null);
  const look = () => {
    const element = scroll.current;
    if (!element) return;
    const from = Math.max(0, Math.floor(element.scrollTop / HEIGHT) - BEYOND);
    const until = Math.ceil((element.scrollTop + element.clientHeight) / HEIGHT) + BEYOND;
    if (from !== slice.peek().from || until !== slice.peek().until) slice.value = { from, until };
    if (until > activities.length && more) onNearEnd();
  };
  useEffect(look, [activities.length, more]);
  const choose = (place: number, on: boolean, range: boolean) => {
    const begin = range && last.current !== null ? Math.min(last.current, place) : place;
    const end = range && last.current !== null ? Math.max(last.current, place) : place;
    last.current = place;
    onChoose(
      activities.slice(begin, end + 1).map((one) => one.id),
      on,
    );
  };
  const { from, until } = slice.value;
  const all = activities.length > 0 && chosen.value.size >= activities.length;
  const head = (label: string, by: SortName, width: string) => (
    <th
      scope="col"
      class={`wide-only ${width}`}
      aria-sort={sort.by !== by ? "none" : sort.order === "asc" ? "ascending" : "descending"}
    >
      <button
        type="button"
        class="list-sort"
        data-order={sort.by === by ? sort.order : "none"}
        onClick={() => onSort(by)}
      >
        {label}
        <Icon name="down" />
      </button>
    </th>
  );
  return (
    // biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls must be reachable by keyboard
    <section class="list-scroll" ref={scroll} onScroll={look} tabIndex={0} aria-label="Activities">
      <table class="list-table" aria-rowcount={more ? -1 : activities.length + 1} style={{ "--row": `${HEIGHT}px` }}>
        <thead>
          <tr aria-rowindex={1}>
            <th scope="col" class="list-choose">
              <input
                type="checkbox"
                aria-label="Choose all that are loaded"
                checked={all}
                onChange={(event) =>
                  onChoose(
                    activities.map((one) => one.id),
                    event.currentTarget.checked,
                  )
                }
              />
            </th>
            <th scope="col" class="list-tick">
              <span class="unseen">Done</span>
            </th>
            <th scope="col">Subject</th>
            {head("When", "due", "list-when")}
            <th scope="col" class="wide-only list-kind">
              Type
            </th>
            <th scope="col" class="wide-only list-about">
              About
            </th>
            <th scope="col" class="wide-only list-owner">
              Owner
            </th>
            {head("Changed", "updated_at", "list-changed")}
          </tr>
        </thead>
        <tbody>
          <Filler rows={from} />
          {activities.slice(from, until).map((activity, place) => (
            <Row
              key={activity.id}
              activity={activity}
              place={from + place}
              chosen={chosen.value.has(activity.id)}
              onChoose={choose}
            />
          ))}
          <Filler rows={Math.max(0, activities.length - until)} />
        </tbody>
      </table>
      {more && <p class="list-more">Loading more …</p>}
    </section>
  );
}

function Filler({ rows }: { rows: number }) {
  if (!rows) return null;
  return (
    <tr class="filler">
      <td style={{ height: `${rows * HEIGHT}px` }} />
    </tr>
  );
}

interface RowProps {
  activity: Activity;
  place: number;
  chosen: boolean;
  onChoose: (place: number, on: boolean, range: boolean) => void;
}

function Row({ activity, place, chosen, onChoose }: RowProps) {
  const late = isOverdue(activity, zone.value);
  const title = titleOf(activity);
  const when = formatWhen(activity, zone.value);
  return (
    <tr class={`${chosen ? "chosen" : ""} ${activity.done ? "list-done" : ""}`} aria-rowindex={place + 2}>
      <td class="list-choose">
        <input
          type="checkbox"
          checked={chosen}
          aria-label={`Choose ${title}`}
          onClick={(event) => onChoose(place, event.currentTarget.checked, event.shiftKey)}
        />
      </td>
      <td class="list-tick">
        <Tick activity={activity} />
      </td>
      <td>
        <button type="button" class="list-subject" title={title} onClick={() => openActivity(activity)}>
          {title}
        </button>
        <span class="narrow-only">
          {when}
          {late && <span class="list-late"> overdue</span>}
        </span>
      </td>
      <td class={late ? "wide-only list-late" : "wide-only"} title={late ? "Overdue" : undefined}>
        {when}
        {late && <span class="unseen"> (overdue)</span>}
      </td>
      <td class="wide-only">
        <span class="list-type">
          <span class="dot" style={{ "--type": colourOf(activity.type) }} />
          {typeLabel(activity.type)}
        </span>
      </td>
      <td class="wide-only">
        {activity.main && (
          <a class="list-link" href={`/app/records/${activity.main.kind}/${activity.main.id}`}>
            {recordName(activity.main)}
          </a>
        )}
      </td>
      <td class="wide-only">{userName(activity.owner_id)}</td>
      <td class="wide-only soft">{formatMoment(activity.updated_at, zone.value)}</td>
    </tr>
  );
}
