/** The calendar component, told what to show by the address, and telling what the mouse did. */
import {
  Calendar,
  type CalendarOptions,
  type DateSelectInfo,
  type DayHeaderInfo,
  type DropInfo,
  type EventDisplayInfo,
  type EventDragStopInfo,
  type EventDropInfo,
  type EventResizeDoneInfo,
} from "fullcalendar";
import dayGrid from "fullcalendar/daygrid";
import interaction from "fullcalendar/interaction";
import list from "fullcalendar/list";
import timeGrid from "fullcalendar/timegrid";
import "fullcalendar/skeleton.css";
import { signal, useComputed, useSignalEffect } from "@preact/signals";
import { useLayoutEffect, useRef } from "preact/hooks";
import { move } from "../activities";
import { Icon } from "../components/Icon";
import type { Activity } from "../model";
import { openActivity, zone } from "../state";
import { LOCALE, wallOf } from "../zone";
import { day, setView, type View, view } from "./address";
import { EventBody, eventClass } from "./EventBody";
import { eventsOf, isOneDraft, MANY, movedTo, resizedTo } from "./events";
import { LOOK } from "./look";
import { seen } from "./windows";

const NAMES: { [name in View]: string } = {
  month: "dayGridMonth",
  week: "timeGridWeek",
  day: "timeGridDay",
  agenda: "agenda",
};

const CLOCK = { hour: "2-digit", minute: "2-digit", hour12: false } as const;

/** While something is dragged, what others change waits: the calendar would lose what it holds. */
const held = signal(false);
const hold = (): void => {
  held.value = true;
};
const release = (): void => {
  // Only once the calendar has told where it was let go.
  setTimeout(() => {
    held.value = false;
  });
};

interface GridProps {
  onSelect: (selection: DateSelectInfo) => void;
  onDropUndated: (id: number, drop: DropInfo) => void;
}

const activityOf = (info: { event: { extendedProps: { [name: string]: unknown } } }): Activity =>
  info.event.extendedProps.activity as Activity;

const moved = (info: EventDropInfo): void => {
  void move(activityOf(info), movedTo(activityOf(info), info.event));
};

const resized = (info: EventResizeDoneInfo): void => {
  const { start, end } = info.event;
  if (start && end) void move(activityOf(info), resizedTo(start, end));
};

/** Let go over the side: it loses its date. */
const letGo = (info: EventDragStopInfo): void => {
  const side = document.querySelector(".undated")?.getBoundingClientRect();
  const { clientX: x, clientY: y } = info.jsEvent;
  if (!side || x < side.left || x > side.right || y < side.top || y > side.bottom) return;
  void move(activityOf(info), { date: null, time: null });
};

/** `Mon 16`, also where there is room for the `M` only. */
const dayHeaderContent = ({ text, date }: DayHeaderInfo) => (
  <>
    {text} <b>{Number(wallOf(date.getTime(), zone.peek()).date.slice(8))}</b>
  </>
);

/** The first day can be reached by keyboard, so that days without anything in them can be scrolled too. */
const reachable = ({ el }: { el: HTMLElement }): void => {
  if (!el.previousElementSibling) el.tabIndex = 0;
};

const OPTIONS: CalendarOptions = {
  ...LOOK,
  dayLaneDidMount: reachable,
  plugins: [dayGrid, timeGrid, list, interaction],
  views: {
    timeGrid: { dayHeaderFormat: { weekday: "short" }, dayHeaderContent },
    timeGridDay: { dayHeaders: false },
    dayGridMonth: { dayHeaderFormat: { weekday: "short" }, dayMaxEvents: true },
    agenda: { type: "list", duration: { days: 7 } },
    list: { listDayFormat: { weekday: "long" }, listDayAltFormat: { day: "numeric", month: "long", year: "numeric" } },
  },
  headerToolbar: false,
  rerenderDelay: 0, // another view and its events are drawn together
  height: "100%",
  borderless: true,
  locale: LOCALE,
  firstDay: 1,
  eventContent: (info: EventDisplayInfo) => <EventBody info={info} />,
  eventClass,
  eventInteractive: false,
  displayEventTime: false, // EventBody shows it
  slotHeaderFormat: CLOCK,
  // A slot is what dragging snaps to: were it longer, a drag could be off by the difference.
  slotDuration: "00:15",
  slotMinHeight: 14,
  slotHeaderInterval: "01:00",
  scrollTime: "07:00",
  scrollTimeReset: false,
  defaultTimedEventDuration: "00:30",
  eventMinHeight: 22,
  eventShortHeight: 46,
  eventMaxStack: 3,
  slotEventOverlap: false,
  dayMaxEvents: 4,
  moreLinkText: (more) => `${more} more`,
  moreLinkContent: ({ num, isNarrow, text }) => (num > MANY ? `${MANY}+${isNarrow ? "" : " more"}` : text),
  moreLinkHint: (more) => `Show ${more > MANY ? `more than ${MANY}` : more} more`,
  moreLinkClick: ({ date, hiddenSegs }) => {
    if (view.peek() !== "month" || hiddenSegs.length <= MANY) return "popover";
    setView("day", wallOf(date.getTime(), zone.peek()).date);
  },
  popoverFormat: { weekday: "long", day: "numeric", month: "long" },
  popoverCloseContent: () => <Icon name="close" />,
  allDayText: "All day",
  noEventsText: "Nothing in these days. Choose others, clear the filters, or press n for a new activity.",
  nowIndicator: true,
  navLinks: true,
  navLinkDayClick: (date) => setView("day", wallOf(date.getTime(), zone.peek()).date),
  editable: true,
  eventResizableFromStart: true,
  selectable: true,
  selectMirror: true,
  selectMinDistance: 4,
  selectAllow: isOneDraft,
  longPressDelay: 350,
  droppable: true,
  eventClick: (info) => openActivity(activityOf(info)),
  eventDragStart: hold,
  eventDragStop: (info) => {
    letGo(info);
    release();
  },
  eventResizeStart: hold,
  eventResizeStop: release,
  eventDrop: moved,
  eventResize: resized,
};

export function Grid(props: GridProps) {
  const place = useRef<HTMLDivElement>(null);
  const calendar = useRef<Calendar | null>(null);
  const told = useRef(props);
  told.current = props;
  useLayoutEffect(() => {
    if (!place.current) return;
    const made = new Calendar(place.current, {
      ...OPTIONS,
      timeZone: zone.peek(),
      initialView: NAMES[view.peek()],
      initialDate: day.peek(),
      select: (selection) => told.current.onSelect(selection),
      drop: (drop) => told.current.onDropUndated(Number(drop.draggedEl.dataset.activity), drop),
    });
    calendar.current = made;
    made.render();
    return () => {
      calendar.current = null;
      made.destroy();
    };
  }, []);
  useSignalEffect(() => calendar.current?.changeView(NAMES[view.value], day.value));
  useSignalEffect(() => calendar.current?.setOption("timeZone", zone.value));
  const activities = useComputed(() => seen.value.activities);
  useSignalEffect(() => {
    if (!held.value) calendar.current?.setOption("events", eventsOf(activities.value, view.value));
  });
  return <div ref={place} />;
}
