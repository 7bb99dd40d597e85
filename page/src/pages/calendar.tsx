/** The calendar: what it shows is in the address, what it does is in calendar/. */

import { useSignal, useSignalEffect } from "@preact/signals";
import type { DateSelectInfo } from "fullcalendar";
import { move, removed, written } from "../activities";
import { api } from "../api";
import { day, daysOf, goToday, setView, step, titleOf, VIEWS, view } from "../calendar/address";
import { movedTo } from "../calendar/events";
import { Grid } from "../calendar/Grid";
import { type Draft, QuickCreate } from "../calendar/QuickCreate";
import { Undated, UndatedButton } from "../calendar/Undated";
import { learn, MOST, seen, show } from "../calendar/windows";
import { offline, sequence } from "../changes";
import { Button, IconButton } from "../components/Button";
import { Filters } from "../components/Filters";
import { FiltersButton } from "../components/FiltersButton";
import { SearchBox } from "../components/SearchBox";
import { Failed } from "../components/States";
import { toastFailure } from "../components/Toast";
import { filterParams } from "../filters";
import { useShortcuts } from "../keyboard";
import type { Activity } from "../model";
import { zone } from "../state";
import { today, wallOf } from "../zone";
import "../styles/calendar.css";

const LABELS = { month: "Month", week: "Week", day: "Day", agenda: "Agenda" };

/** The days that are wanted now, whenever the address, the zone or anything on the server changes. */
const wanted = () => ({ view: view.value, date: day.value, zone: zone.value, filters: filterParams.value });
const reload = () => void show(wanted());

/** The hour that begins next: today, where that is among the days that are shown. */
function nextHour(): Draft {
  const now = wallOf(Date.now() + 3_600_000, zone.peek());
  const hour = now.time.slice(0, 2);
  const { first, end } = daysOf(view.peek(), day.peek());
  const date = first <= now.date && now.date < end && view.peek() !== "day" ? now.date : day.peek();
  return { date, start: `${hour}:00`, end: `${String((Number(hour) + 1) % 24).padStart(2, "0")}:00`, allDay: false };
}

function draftOf({ allDay, start, end, startStr }: DateSelectInfo): Draft {
  if (allDay) return { date: startStr.slice(0, 10), start: "", end: "", allDay: true };
  const [from, to] = [wallOf(start.getTime(), zone.peek()), wallOf(end.getTime(), zone.peek())];
  return { date: from.date, start: from.time, end: to.time, allDay: false };
}

function Toolbar({ onNew }: { onNew: () => void }) {
  return (
    <div class="toolbar">
      <Button onClick={goToday} disabled={day.value === today(zone.value)}>
        Today
      </Button>
      <span class="toolbar-steps">
        <IconButton icon="left" label="Back" onClick={() => step(-1)} />
        <IconButton icon="right" label="Forward" onClick={() => step(1)} />
      </span>
      <h1 class="toolbar-title" aria-live="polite">
        {titleOf(view.value, day.value)}
      </h1>
      <span class={`busy ${seen.value.loading ? "on" : ""}`} aria-hidden="true" />
      <SearchBox />
      <FiltersButton class="only-narrow" />
      <UndatedButton class="only-narrow" />
      <div class="segments views" role="group" aria-label="View">
        {VIEWS.map((one) => (
          <button type="button" key={one} aria-pressed={view.value === one} onClick={() => setView(one)}>
            {LABELS[one]}
          </button>
        ))}
      </div>
      <Button look="primary" icon="add" class="new-button" onClick={onNew} aria-label="New activity">
        <span>New</span>
      </Button>
    </div>
  );
}

export function CalendarPage() {
  const draft = useSignal<Draft | null>(null);
  const ready = useSignal(false);
  const begin = () => {
    draft.value = nextHour();
  };
  useSignalEffect(() => {
    sequence.value;
    offline.value;
    reload();
  });
  useSignalEffect(() => {
    if (ready.value || seen.value.loading) return;
    // Two frames: in the first it is measured, in the second it stands as it will.
    requestAnimationFrame(() =>
      requestAnimationFrame(() => {
        ready.value = true;
      }),
    );
  });
  useSignalEffect(() => learn(written.value, removed.value));
  useSignalEffect(() => {
    document.title = `${titleOf(view.value, day.value)} · Dayline`;
  });
  useShortcuts([
    { key: "n", does: "New activity", run: begin },
    { key: "t", does: "Today", run: goToday },
    { key: "ArrowLeft", does: "Back", run: () => step(-1) },
    { key: "ArrowRight", does: "Forward", run: () => step(1) },
    ...VIEWS.map((one) => ({ key: one.charAt(0), does: LABELS[one], run: () => setView(one) })),
  ]);
  const dropUndated = async (id: number, drop: { allDay: boolean; date: Date; dateStr: string }) => {
    try {
      const activity = await api.get<Activity>(`/activities/${id}`);
      const to = { allDay: drop.allDay, start: drop.date, startStr: drop.dateStr };
      await move(activity, movedTo(activity, to));
    } catch (failure) {
      toastFailure(failure);
    }
  };
  const { activities, failure, loading } = seen.value;
  return (
    <div class="calendar-page">
      <aside class="calendar-side">
        <Filters />
        <Undated />
      </aside>
      <section class="calendar-main" aria-label="Calendar" aria-busy={loading || !ready.value}>
        <Toolbar onNew={begin} />
        {activities.length >= MOST && (
          <p class="notice">
            More than {MOST.toLocaleString()} activities in these days: only the first are shown. Narrow them down.
          </p>
        )}
        {failure && !activities.length ? (
          <Failed failure={failure} onRetry={reload} />
        ) : (
          <div class={`calendar-grid ${ready.value ? "" : "unready"}`}>
            <Grid
              onSelect={(selection) => {
                draft.value = draftOf(selection);
                selection.view.calendar.unselect();
              }}
              onDropUndated={dropUndated}
            />
          </div>
        )}
      </section>
      {draft.value && (
        <QuickCreate
          draft={draft.value}
          onClose={() => {
            draft.value = null;
          }}
        />
      )}
    </div>
  );
}
