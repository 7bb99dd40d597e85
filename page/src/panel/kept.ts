/** The activities that are open, or have changes that are not saved: those outlive the panel that shows them. */
import { Opened } from "./opened";

const kept = new Map<number, Opened>();

/** The activity of this id, with what was changed on it before. */
export function keptOpen(id: number): Opened {
  for (const [other, opened] of kept) {
    if (other !== id && !opened.dirty.peek()) kept.delete(other);
  }
  const opened = kept.get(id) ?? new Opened(id);
  kept.set(id, opened);
  return opened;
}

addEventListener("beforeunload", (event) => {
  if ([...kept.values()].some((opened) => opened.dirty.peek())) event.preventDefault();
});
