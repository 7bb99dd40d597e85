/** The activities that are open, or have changes that are not saved: those outlive the panel that shows them. */
import type { ActivityPatch } from "../model";
import { isBeginning } from "../session";
import { Drafted } from "./drafted";
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

const drafts = new Map<string, Drafted>();

/** The new activity of this address, with what was written into it before. */
export function keptDraft(address: string, start: () => ActivityPatch): Drafted {
  for (const [other, draft] of drafts) {
    if (other !== address && !draft.dirty.peek()) drafts.delete(other);
  }
  const draft = drafts.get(address) ?? new Drafted(start());
  drafts.set(address, draft);
  return draft;
}

/** It has been created, or is not wanted. */
export function dropDraft(address: string): void {
  drafts.delete(address);
}

addEventListener("beforeunload", (event) => {
  if (isBeginning()) return;
  if ([...kept.values(), ...drafts.values()].some((opened) => opened.dirty.peek())) event.preventDefault();
});
