/** The text that calendar and list are narrowed to. `/` goes to it. */
import { useSignalEffect } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { filters, setFilters } from "../filters";
import { useShortcuts } from "../keyboard";
import { Icon } from "./Icon";

const PAUSE = 200;

export function SearchBox() {
  const input = useRef<HTMLInputElement>(null);
  const timer = useRef<number>(0);
  useShortcuts([{ key: "/", does: "Search", run: () => input.current?.focus() }]);
  useSignalEffect(() => {
    const { q } = filters.value;
    if (input.current && document.activeElement !== input.current) input.current.value = q;
  });
  useEffect(() => () => clearTimeout(timer.current), []);
  const set = (text: string) => {
    clearTimeout(timer.current);
    timer.current = window.setTimeout(() => setFilters({ q: text.trim() }), PAUSE);
  };
  return (
    <div class="search">
      <Icon name="search" />
      <input
        ref={input}
        class="input"
        type="search"
        placeholder="Search"
        aria-label="Search in subject, description, note and place"
        maxLength={200}
        onInput={(event) => set(event.currentTarget.value)}
        onKeyDown={(event) => {
          if (event.key === "Escape") event.currentTarget.blur();
        }}
      />
    </div>
  );
}
