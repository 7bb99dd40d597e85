/** Search as you type: a text field with a list of what fits (the combobox pattern). Knows nothing of what is picked. */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef, useState } from "preact/hooks";
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

export function Picker<T>({ label, placeholder, search, keyOf, show, onPick, clears = true, ...rest }: PickerProps<T>) {
  const [text, setText] = useState(rest.initial ?? "");
  const [open, setOpen] = useState(false);
  const [found, setFound] = useState<T[] | null>(null);
  const [failed, setFailed] = useState("");
  const [at, setAt] = useState(0);
  const made = useId();
  const id = rest.id ?? made;
  const input = useRef<HTMLInputElement>(null);

  useEffect(() => {
    if (!open) return;
    const abort = new AbortController();
    const timer = setTimeout(async () => {
      try {
        setFound(await search(text.trim(), abort.signal));
        setFailed("");
        setAt(0);
      } catch (failure) {
        if (!abort.signal.aborted) setFailed(explain(failure));
      }
    }, PAUSE);
    return () => {
      clearTimeout(timer);
      abort.abort();
    };
  }, [text, open]);

  useEffect(() => {
    if (rest.autoFocus) input.current?.focus();
  }, []);

  const pick = (item: T) => {
    onPick(item);
    setOpen(false);
    if (clears) setText("");
    input.current?.focus();
  };
  const items = found ?? [];
  const onKeyDown = (event: KeyboardEvent) => {
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      if (!open) return setOpen(true);
      const step = event.key === "ArrowDown" ? 1 : items.length - 1;
      return setAt(items.length ? (at + step) % items.length : 0);
    }
    const item = items[at];
    if (event.key === "Enter" && open && item !== undefined) {
      event.preventDefault();
      return pick(item);
    }
    if (event.key === "Escape" && open) {
      event.preventDefault();
      event.stopPropagation();
      setOpen(false);
    }
  };
  const chosen = open && items[at] !== undefined ? `${id}-${at}` : undefined;
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
          setText(event.currentTarget.value);
          setOpen(true);
        }}
        onFocus={() => setOpen(true)}
        onBlur={() => setOpen(false)}
        onKeyDown={onKeyDown}
      />
      <div class="picker-list" id={`${id}-list`} role="listbox" aria-label={`Found: ${label}`} hidden={!open}>
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
        {failed && <p class="picker-note">{failed}</p>}
        {!failed && found === null && <p class="picker-note">Searching …</p>}
        {!failed && found?.length === 0 && <p class="picker-note">Nothing found. Try fewer letters.</p>}
      </div>
    </div>
  );
}
