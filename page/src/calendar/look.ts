/** The calendar's look, as names of classes for its parts; what they look like is in styles/calendar.css. */
import type { CalendarOptions } from "fullcalendar";

const word = (...words: (string | false | undefined)[]): string => words.filter(Boolean).join(" ");

interface Day {
  isToday: boolean;
  isOther?: boolean;
  isNarrow?: boolean;
}

const dayCell = (info: Day) => word("cal-cell", info.isToday && "cal-today", info.isOther && "cal-other");

const MINUTES = 60_000;

/** The half hours are seen less than the hours, the quarters not at all. */
function slotOf(time: number): string {
  if (time % (60 * MINUTES) === 0) return "";
  return time % (30 * MINUTES) === 0 ? "cal-slot-minor" : "cal-slot-quarter";
}

export const LOOK: CalendarOptions = {
  className: "cal",
  viewClass: "cal-view",
  tableHeaderClass: "cal-table-head",
  dayHeaderRowClass: "cal-row",
  dayHeaderAlign: "start",
  dayHeaderClass: (info) => word("cal-head", info.isToday && "cal-head-today", info.inPopover && "cal-head-popover"),
  dayHeaderInnerClass: "cal-head-inner",
  dayHeaderDividerClass: "cal-divider",
  dayRowClass: "cal-row",
  dayCellClass: dayCell,
  dayCellTopClass: "cal-cell-top",
  dayCellTopInnerClass: (info) => word("cal-number", info.isToday && "cal-number-today"),
  dayCellInnerClass: (info) => word(info.inPopover && "cal-popover-list"),
  dayLaneClass: (info) => word("cal-cell", info.isToday && "cal-today"),
  dayLaneInnerClass: "cal-lane-inner",
  slotLaneClass: ({ time }) => word("cal-slot", slotOf(time?.milliseconds ?? 0)),
  slotHeaderClass: "cal-slot-head",
  slotHeaderInnerClass: "cal-slot-time",
  slotHeaderDividerClass: "cal-slot-divider",
  allDayHeaderClass: "cal-all-day",
  allDayHeaderInnerClass: "cal-slot-time",
  allDayDividerClass: "cal-all-day-divider",
  nowIndicatorLineClass: "cal-now",
  nowIndicatorDotClass: "cal-now-dot",
  nowIndicatorHeaderClass: "cal-now-head",
  highlightClass: "cal-chosen",
  fillerClass: "cal-filler",
  listItemEventClass: "event-line",
  listItemEventInnerClass: "event-inner",
  rowEventClass: "event-block event-row",
  rowEventInnerClass: "event-inner",
  columnEventClass: (info) => word("event-block event-column", info.isShort && "event-short"),
  columnEventInnerClass: "event-inner",
  columnEventBeforeClass: (info) => word(info.isStartResizable && "event-grip event-grip-start"),
  columnEventAfterClass: (info) => word(info.isEndResizable && "event-grip event-grip-end"),
  moreLinkClass: "cal-more",
  moreLinkInnerClass: "cal-more-inner",
  columnMoreLinkClass: "cal-more-column",
  popoverClass: "cal-popover",
  popoverCloseClass: "cal-popover-close",
  listDayClass: "agenda-day",
  listDayHeaderClass: (info) => word("agenda-head", info.isToday && "agenda-today"),
  listDayHeaderInnerClass: "agenda-date",
  noEventsClass: "state",
};
