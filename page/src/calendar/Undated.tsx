/** Open activities without a date: a list beside the calendar, from which they are dragged onto it. */

import { useSignal, useSignalEffect } from "@preact/signals";
import { Draggable } from "fullcalendar/interaction";
import { useEffect, useRef } from "preact/hooks";
import { removed, titleOf, written } from "../activities";
import { api, explain } from "../api";
import { offline, sequence } from "../changes";
import { colourOf } from "../colours";
import { IconButton } from "../components/Button";
import { Dialog } from "../components/Dialog";
import { Tick } from "../components/Tick";
import { filterParams } from "../filters";
import type { Activity, ActivityPage } from "../model";
import { openActivity, typeLabel } from "../state";

const MOST = 50;

/** In descending order of the date, those without one come first. */
async function read(signal: AbortSignal): Promise<Activity[]> {
  const params = { ...filterParams.value, done: false, sort: "due", order: "desc", limit: MOST };
  const page = await api.get<ActivityPage>("/activities", params, { signal });
  return page.data.filter((one) => one.date === null);
}

export function Undated() {
  const activities = useSignal<Activity[] | null>(null);
  const failure = useSignal("");
  const list = useRef<HTMLUListElement>(null);
  useSignalEffect(() => {
    sequence.value;
    offline.value;
    filterParams.value;
    const abort = new AbortController();
    read(abort.signal).then(
      (found) => {
        activities.value = found;
        failure.value = "";
      },
      (problem) => {
        if (!abort.signal.aborted) failure.value = explain(problem);
      },
    );
    return () => abort.abort();
  });
  useSignalEffect(() => {
    const gone = new Set([...written.value.map((one) => one.id), ...removed.value]);
    const undated = written.value.filter((one) => one.date === null && !one.done);
    const others = activities.peek()?.filter((one) => !gone.has(one.id));
    if (others) activities.value = [...undated, ...others];
  });
  useEffect(() => {
    if (!list.current) return;
    const draggable = new Draggable(list.current, {
      itemSelector: "[data-activity]",
      eventData: (element) => ({
        create: false,
        title: element.dataset.title,
        duration: "01:00",
        color: element.dataset.colour,
      }),
    });
    return () => draggable.destroy();
  }, []);
  const all = activities.value;
  return (
    <section class="undated" aria-label="Without a date">
      <h2 class="legend">
        No date {all?.length ? <span class="count">{all.length >= MOST ? `${MOST}+` : all.length}</span> : null}
      </h2>
      <ul ref={list}>
        {all?.map((activity) => (
          <li
            key={activity.id}
            class="undated-item"
            data-activity={activity.id}
            data-title={titleOf(activity)}
            data-colour={colourOf(activity.type)}
            style={{ "--type": colourOf(activity.type) }}
          >
            <Tick activity={activity} />
            <button type="button" class="event-open" onClick={() => openActivity(activity)}>
              <span class="event-title">{titleOf(activity)}</span>
              <span class="undated-type">{typeLabel(activity.type)}</span>
            </button>
          </li>
        ))}
      </ul>
      {failure.value && <p class="soft">{failure.value}</p>}
      {!failure.value && all?.length === 0 && <p class="soft">Everything open has a date.</p>}
    </section>
  );
}

/** The same list where there is no room beside the calendar. */
export function UndatedButton({ class: more = "" }: { class?: string }) {
  const open = useSignal(false);
  const set = (to: boolean) => () => {
    open.value = to;
  };
  return (
    <>
      <IconButton icon="undated" label="Activities without a date" class={more} onClick={set(true)} />
      {open.value && (
        <Dialog title="Without a date" onClose={set(false)}>
          <Undated />
        </Dialog>
      )}
    </>
  );
}
