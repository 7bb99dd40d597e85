/** Tabs: one of several parts is shown. Arrow keys, Home and End go from tab to tab. */
import type { ComponentChildren } from "preact";
import { useId, useRef, useState } from "preact/hooks";

export interface Tab {
  key: string;
  label: string;
  show: () => ComponentChildren;
}

interface TabsProps {
  label: string;
  tabs: readonly Tab[];
  /** Which one is shown at first; the first one when left out. */
  initial?: string;
}

export function Tabs({ label, tabs, initial }: TabsProps) {
  const [chosen, choose] = useState(initial ?? tabs[0]?.key);
  const list = useRef<HTMLDivElement>(null);
  const id = useId();
  const at = Math.max(
    0,
    tabs.findIndex((tab) => tab.key === chosen),
  );
  const onKeyDown = (event: KeyboardEvent) => {
    const to = neighbour(event.key, at, tabs.length - 1);
    if (to === null) return;
    event.preventDefault();
    choose(tabs[to]?.key);
    list.current?.querySelectorAll<HTMLElement>("[role=tab]")[to]?.focus();
  };
  return (
    <div class="tabs">
      <div class="tab-list" role="tablist" aria-label={label} ref={list} onKeyDown={onKeyDown} tabIndex={-1}>
        {tabs.map((tab, place) => (
          <button
            key={tab.key}
            type="button"
            role="tab"
            class="tab"
            id={`${id}-${tab.key}`}
            aria-selected={place === at}
            aria-controls={`${id}-shown`}
            tabIndex={place === at ? 0 : -1}
            onClick={() => choose(tab.key)}
          >
            {tab.label}
          </button>
        ))}
      </div>
      <div class="tab-shown" role="tabpanel" id={`${id}-shown`} aria-labelledby={`${id}-${tabs[at]?.key}`}>
        {tabs[at]?.show()}
      </div>
    </div>
  );
}

/** Which tab a key goes to; null where it is not one of theirs. */
function neighbour(key: string, at: number, last: number): number | null {
  if (key === "ArrowRight") return at === last ? 0 : at + 1;
  if (key === "ArrowLeft") return at === 0 ? last : at - 1;
  if (key === "Home") return 0;
  return key === "End" ? last : null;
}
