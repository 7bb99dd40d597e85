/** Search as you type: a text field with a list of what fits (the combobox pattern). Knows nothing of what is picked. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import { explain } from "../api";

interface PickerProps<T> {
  label: string;
  placeholder?: string;
  /** What fits the text; called a moment after the last key. */
  search: (text: string, signal: AbortSignal) => Promise<T[]>;
  keyOf: (item: T) => string;
  show: (item: T) => ComponentChildren;
  onPick: (item: T) => void;
  /** The field's, whose label then names it. */
  id?: string;
  /** Whether the text goes once something is picked. */
  clears?: boolean;
  initial?: string;
  autoFocus?: boolean;
}

const PAUSE = 150;
/** No item is chosen. */
const NONE = -1;

export function Picker<T>({ label, placeholder, search, keyOf, show, onPick, clears = true, ...rest }: PickerProps<T>) {
  const [text, setText] = useState(rest.initial ?? "");
  const [open, setOpen] = useState(false);
  const [found, setFound] = useState<{ sought: string; items: T[] } | null>(null);
  const [failed, setFailed] = useState("");
  const [at, setAt] = useState(NONE);
  const made = useId();
  const id = rest.id ?? made;
  const input = useRef<HTMLInputElement>(null);
  /** Enter was pressed before the list was there for what is written. */
  const hurried = useRef(false);

  useEffect(() => {
    if (!open) return;
    const abort = new AbortController();
    const sought = text.trim();
    const timer = setTimeout(async () => {
      try {
        const items = await search(sought, abort.signal);
        if (abort.signal.aborted) return;
        setFound({ sought, items });
        setFailed("");
        setAt(sought ? 0 : NONE);
        if (hurried.current && items[0] !== undefined) pick(items[0]);
        hurried.current = false;
      } catch (failure) {
        if (!abort.signal.aborted) setFailed(explain(failure));
      }
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text, open]);

  useLayoutEffect(() => {
    if (rest.autoFocus) input.current?.focus();
  }, []);

  const pick = (item: T) => {
    onPick(item);
    setOpen(false);
    if (clears) setText("");
    input.current?.focus();
  };
  const items = found?.items ?? [];
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return setOpen(true);
      const next = event.key === "ArrowDown" ? at + 1 : Math.max(at, 0) - 1;
      return setAt(items.length ? (next + items.length) % items.length : NONE);
    }
    const item = items[at];
    // With nothing written and nothing chosen, Enter is the form's.
    if (event.key === "Enter" && open && (item !== undefined || text.trim())) {
      event.preventDefault();
      if (found?.sought !== text.trim()) hurried.current = true;
      else if (item !== undefined) pick(item);
      return;
    }
    if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
    }
  };
  const chosen = open && items[at] !== undefined ? `${id}-${at}` : undefined;
  useEffect(() => {
    // The keys move what is chosen, not the focus, so the list does not follow by itself.
    if (chosen) document.getElementById(chosen)?.scrollIntoView({ block: "nearest" });
  }, [chosen]);
  return (
    <div class="picker">
      <input
        ref={input}
        id={id}
        class="input"
        type="text"
        role="combobox"
        autocomplete="off"
        aria-label={rest.id ? undefined : label}
        aria-expanded={open}
        aria-controls={`${id}-list`}
        aria-activedescendant={chosen}
        aria-autocomplete="list"
        placeholder={placeholder}
        value={text}
        onInput={(event) => {
          hurried.current = false;
          setText(event.currentTarget.value);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <div class="picker-list" hidden={!open}>
        <div
          id={`${id}-list`}
          class="picker-items"
          role="listbox"
          aria-label={`Found: ${label}`}
          hidden={!items.length}
        >
          {items.map((item, place) => (
            // biome-ignore lint/a11y/useKeyWithClickEvents: the keys are the text field's
            <div
              key={keyOf(item)}
              id={`${id}-${place}`}
              class="picker-item"
              role="option"
              tabIndex={-1}
              aria-selected={place === at}
              onMouseDown={(event) => event.preventDefault()}
              onClick={() => pick(item)}
            >
              {show(item)}
            </div>
          ))}
        </div>
        {failed && <p class="picker-note">{failed}</p>}
        {!failed && found === null && <p class="picker-note">Searching …</p>}
        {!failed && found?.items.length === 0 && <p class="picker-note">Nothing found. Try fewer letters.</p>}
      </div>
    </div>
  );
}
