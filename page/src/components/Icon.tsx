/** Small line drawings, 20 by 20. They carry no meaning of their own: the control around them has the name. */
const PATHS = {
  add: "M10 4v12M4 10h12",
  bulk: "M3 6l2 2 3-4M3 14l2 2 3-4M11 6h6M11 14h6",
  calendar: "M4 5h12v11H4zM4 8.5h12M7.5 3v3M12.5 3v3",
  check: "M4.5 10.5l3.5 3.5 7.5-8",
  close: "M5 5l10 10M15 5L5 15",
  down: "M5 7.5l5 5 5-5",
  download: "M10 3v9M6.5 9l3.5 3.5L13.5 9M4 16h12",
  explorer: "M7 6l-4 4 4 4M13 6l4 4-4 4",
  filter: "M3 5h14l-5.5 6.5V16l-3 1v-5.5z",
  globe: "M10 3a7 7 0 100 14 7 7 0 000-14zM3 10h14M10 3c-4 4.5-4 9.5 0 14M10 3c4 4.5 4 9.5 0 14",
  left: "M12.5 5l-5 5 5 5",
  list: "M3.5 5.5h1M7.5 5.5h9M3.5 10h1M7.5 10h9M3.5 14.5h1M7.5 14.5h9",
  moon: "M16 11.5A6.5 6.5 0 118.5 4a5.2 5.2 0 007.5 7.5z",
  people: "M7.5 9.5a3 3 0 100-6 3 3 0 000 6zM2.5 16.5c0-3 2-5 5-5s5 2 5 5M13 4a3 3 0 010 5.5M14.5 12c2 .5 3 2.2 3 4.5",
  restore: "M4.5 8.5h8a3.5 3.5 0 010 7H8M7.5 5l-3.5 3.5L7.5 12",
  right: "M7.5 5l5 5-5 5",
  search: "M9 3.5a5.5 5.5 0 100 11 5.5 5.5 0 000-11zM13 13l4 4",
  settings: "M3 6h8M15 6h2M3 14h2M9 14h8M13 4v4M7 12v4",
  sun: "M10 6.5a3.5 3.5 0 100 7 3.5 3.5 0 000-7zM10 2v1.5M10 16.5V18M2 10h1.5M16.5 10H18M4.3 4.3l1.1 1.1M14.6 14.6l1.1 1.1M4.3 15.7l1.1-1.1M14.6 5.4l1.1-1.1",
  system: "M3 4h14v9.5H3zM7.5 17h5M10 13.5V17",
  trash: "M4 6h12M8 6V4h4v2M5.5 6l.7 10h7.6l.7-10",
  undated: "M4 5h12v11H4zM4 8.5h12M7.5 12.5h5",
  user: "M10 10a3.5 3.5 0 100-7 3.5 3.5 0 000 7zM3.5 17c0-3.5 2.7-5.5 6.5-5.5s6.5 2 6.5 5.5",
  warning: "M10 4v7M10 14.5v.5",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { name: IconName }) {
  return (
    <svg class="icon" viewBox="0 0 20 20" aria-hidden="true" focusable="false">
      <path d={PATHS[name]} />
    </svg>
  );
}
