/**
 * One activity that is open: what the server has, what was changed here, and what became of saving it.
 * It must never write over what somebody else has written without saying so.
 */
import { computed, signal } from "@preact/signals";
import { written } from "../activities";
import { api, Problem } from "../api";
import type { Activity, ActivityPatch } from "../model";
import { learnNames } from "../state";
import { differing, edited, type Field, stated } from "./edits";

/** Somebody else changed the activity while it was being changed here. */
export interface Conflict {
  /** Who did, by id. */
  editor: number;
  /** What he changed. */
  theirs: Field[];
  /** What both changed. */
  both: Field[];
}

export class Opened {
  readonly activity = signal<Activity | null>(null);
  readonly edits = signal<ActivityPatch>({});
  readonly failure = signal<unknown>(null);
  readonly problem = signal<unknown>(null);
  readonly saving = signal(false);
  readonly conflict = signal<Conflict | null>(null);
  /** How to leave, where somebody wants to and has changes that are not saved. */
  readonly leaving = signal<(() => void) | null>(null);
  /** Whether the server does not show it any more, which it did before: it is purged, or hidden from the viewer. */
  readonly gone = signal(false);
  readonly dirty = computed(() => Object.keys(this.edits.value).length > 0);

  constructor(readonly id: number) {}

  /** The value of a field as it will be once saved. Only where the activity is there. */
  value<F extends keyof Stated>(name: F): Stated[F] {
    const edits = this.edits.value as Partial<Stated>;
    const change = edits[name];
    return change === undefined ? stated(this.#there())[name] : change;
  }

  /** What is wrong with a field, or with a part of it, by what the server said. */
  error(name: Field): string | undefined {
    const problem = this.problem.value;
    if (!(problem instanceof Problem)) return undefined;
    return problem.errors.find(
      ({ field }) => field === name || field.startsWith(`${name}.`) || field.startsWith(`${name}[`),
    )?.message;
  }

  change(change: ActivityPatch): void {
    this.edits.value = edited(this.#there(), this.edits.peek(), change);
  }

  discard(): void {
    this.edits.value = {};
    this.problem.value = null;
    this.conflict.value = null;
    this.leaving.value = null;
  }

  /** Raises nothing: a failure is told by `failure`. */
  async load(): Promise<void> {
    try {
      this.#take(await this.#fetch());
      this.failure.value = null;
    } catch (failure) {
      this.failure.value = failure;
    }
  }

  /** See what others have done. What was changed here stays; where both changed the same, it says so. */
  async look(): Promise<void> {
    const before = this.activity.peek();
    if (!before || this.saving.peek()) return;
    const now = await this.#fetch().catch((failure) => this.#unseen(failure));
    const shown = this.activity.peek();
    if (!now || !shown || now.revision === shown.revision || this.saving.peek()) return;
    this.#rebase(before, now);
  }

  /** Save what was changed. True once it is saved. */
  async save(): Promise<boolean> {
    const { activity, edits } = this;
    const before = activity.peek();
    if (!before || this.saving.peek()) return false;
    this.saving.value = true;
    this.problem.value = null;
    try {
      const sent = edits.peek();
      const after = await api.send<Activity>("PATCH", `/activities/${before.id}`, sent, { ifMatch: before.revision });
      this.#take(after);
      written.value = [after];
      this.conflict.value = null;
      this.leaving.value = null;
      // What was typed while it was being saved is still to be saved.
      const later = Object.entries(edits.peek()).filter(([name, value]) => sent[name as Field] !== value);
      edits.value = edited(after, {}, Object.fromEntries(later));
      return true;
    } catch (failure) {
      await this.#refused(before, failure);
      return false;
    } finally {
      this.saving.value = false;
    }
  }

  /** Write one thing at once, whatever else is being changed: a tick does not wait for a button. */
  async write(change: ActivityPatch): Promise<void> {
    const before = this.#there();
    try {
      const after = await api.send<Activity>("PATCH", `/activities/${before.id}`, change);
      this.#rebase(before, after);
      written.value = [after];
      this.problem.value = null;
    } catch (failure) {
      this.problem.value = failure;
    }
  }

  #unseen(failure: unknown): null {
    // Anything else passes: the next look may succeed.
    if (failure instanceof Problem && failure.status === 404) this.gone.value = true;
    return null;
  }

  async #refused(before: Activity, failure: unknown): Promise<void> {
    if (!(failure instanceof Problem) || failure.status !== 412) {
      this.problem.value = failure;
      return;
    }
    try {
      this.#rebase(before, await this.#fetch(), { always: true });
    } catch (again) {
      this.problem.value = again;
    }
  }

  /** Put what was changed here on top of the newest state, and tell where somebody else has changed the same. */
  #rebase(before: Activity, now: Activity, { always = false } = {}): void {
    const mine = Object.keys(this.edits.peek()) as Field[];
    const theirs = differing(before, now);
    this.#take(now);
    this.edits.value = edited(now, {}, this.edits.peek());
    const both = theirs.filter((name) => mine.includes(name) && name in this.edits.peek());
    if (both.length || (always && this.dirty.peek())) this.conflict.value = { editor: now.editor_id, theirs, both };
  }

  #take(activity: Activity): void {
    learnNames(activity.names);
    this.activity.value = activity;
  }

  async #fetch(): Promise<Activity> {
    const activity = await api.get<Activity>(`/activities/${this.id}`, { include: "names" });
    this.gone.value = false;
    return activity;
  }

  #there(): Activity {
    const activity = this.activity.value;
    if (!activity) throw new Error("The activity is not there yet.");
    return activity;
  }
}

type Stated = ReturnType<typeof stated>;
