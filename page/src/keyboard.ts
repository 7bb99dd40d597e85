/** Keys for the whole page. One letter each, never while somebody writes or a dialog is open. */
import { signal } from "@preact/signals";
import { useEffect } from "preact/hooks";

export interface Shortcut {
  /** As `event.key` says it. */
  key: string;
  /** What it does, for the help. */
  does: string;
  run: () => void;
}

const active = signal<Shortcut[]>([]);

/** What works at the moment, the innermost first. */
export const shortcuts = active;

/** Offer keys while a component is shown. */
export function useShortcuts(offered: Shortcut[]): void {
  useEffect(() => {
    active.value = [...offered, ...active.peek()];
    return () => {
      active.value = active.peek().filter((one) => !offered.includes(one));
    };
  });
}

function isWriting(target: EventTarget | null): boolean {
  if (!(target instanceof HTMLElement)) return false;
  if (target.closest("dialog")) return true; // the arrows there are its own
  if (target.isContentEditable || target.matches("textarea, select")) return true;
  return target instanceof HTMLInputElement && !["checkbox", "radio", "button"].includes(target.type);
}

export function listenToKeys(): void {
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.metaKey || event.ctrlKey || event.altKey) return;
    if (isWriting(event.target) || document.querySelector("dialog:modal")) return;
    const found = active.peek().find((one) => one.key === event.key);
    if (!found) return;
    event.preventDefault();
    found.run();
  });
}
