/** Short messages at the bottom, with an undo where there is one. Screen readers are told through a live region. */
import { signal } from "@preact/signals";
import { explain } from "../api";
import { Button, IconButton } from "./Button";

interface ToastOptions {
  undo?: () => void | Promise<void>;
  look?: "plain" | "danger";
}

interface Shown extends ToastOptions {
  id: number;
  text: string;
}

const shown = signal<Shown[]>([]);
const STAYS = { plain: 6_000, undo: 10_000, danger: 12_000 };
let last = 0;

const dismiss = (id: number) => {
  shown.value = shown.peek().filter((one) => one.id !== id);
};

/** Say something. With `undo` it stays long enough to be reached by keyboard. */
export function toast(text: string, options: ToastOptions = {}): void {
  last += 1;
  const id = last;
  // One at a time: what was done before the last thing is past. Only what went wrong stays beside it.
  shown.value = [
    ...shown
      .peek()
      .filter((one) => one.look === "danger")
      .slice(-1),
    { id, text, ...options },
  ];
  setTimeout(() => dismiss(id), STAYS[options.look === "danger" ? "danger" : options.undo ? "undo" : "plain"]);
}

/** Say what went wrong, and what to do. */
export const toastFailure = (failure: unknown): void => toast(explain(failure), { look: "danger" });

/** Take the newest thing back that can be. */
export function undoLast(): boolean {
  const newest = shown.peek().findLast((one) => one.undo);
  if (newest) undo(newest);
  return newest !== undefined;
}

async function undo(one: Shown): Promise<void> {
  dismiss(one.id);
  const before = last;
  try {
    await one.undo?.();
    if (last === before) toast("Taken back."); // where it said nothing itself
  } catch (failure) {
    toastFailure(failure);
  }
}

export function Toasts() {
  return (
    <div class="toasts" role="status" aria-live="polite" aria-atomic="false">
      {shown.value.map((one) => (
        <div key={one.id} class={`toast ${one.look ?? "plain"}`}>
          <span class="toast-text">{one.text}</span>
          {one.undo && (
            <Button look="quiet" onClick={() => undo(one)}>
              Undo
            </Button>
          )}
          <IconButton icon="close" label="Dismiss" onClick={() => dismiss(one.id)} />
        </div>
      ))}
    </div>
  );
}
