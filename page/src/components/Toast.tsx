/** Short messages at the bottom, with an undo where there is one. Screen readers are told through a live region. */
import { signal } from "@preact/signals";
import { explain } from "../api";
import { Button, IconButton } from "./Button";

interface ToastOptions {
  undo?: () => void | Promise<void>;
  look?: "plain" | "danger";
}

export interface Shown extends ToastOptions {
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
export function toast(text: string, options: ToastOptions = {}): Shown {
  last += 1;
  const id = last;
  const said = { id, text, ...options };
  // One at a time: what was done before the last thing is past. Only what went wrong stays beside it.
  shown.value = [
    ...shown
      .peek()
      .filter((one) => one.look === "danger")
      .slice(-1),
    said,
  ];
  setTimeout(() => dismiss(id), STAYS[options.look === "danger" ? "danger" : options.undo ? "undo" : "plain"]);
  return said;
}

/** Say what went wrong, and what to do. */
export function toastFailure(failure: unknown): void {
  toast(explain(failure), { look: "danger" });
}

/** What was begun and has not said yet what it did, the newest last. */
const underWay: Promise<Shown | undefined>[] = [];

/** Wait for something that says what it did. Whoever wants it back before that is heard, too. */
export async function undoable(work: Promise<Shown | undefined>): Promise<void> {
  underWay.push(work);
  try {
    await work;
  } finally {
    const place = underWay.indexOf(work);
    if (place >= 0) underWay.splice(place, 1);
  }
}

/** Take the newest thing back that can be; what is under way, as soon as it is done. */
export function undoLast(): void {
  const begun = underWay.pop();
  if (begun) {
    begun.then(
      (said) => said?.undo && undo(said),
      () => undefined, // it was not done, and whoever began it says so
    );
    return;
  }
  const newest = shown.peek().findLast((one) => one.undo);
  if (newest) undo(newest);
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
