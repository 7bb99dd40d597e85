/** A list that arrives a page at a time, by cursor. It must never show an answer to a question that was asked before. */
import { computed, signal } from "@preact/signals";
import type { Page } from "./model";

/** `limit` is how many are wanted at least; undefined for the usual number. */
export type Ask<P> = (cursor: string | null, signal: AbortSignal, limit: number | undefined) => Promise<P>;

const MOST = 500; // that the server gives on one page
const LEAST = 50; // so that what is new does not push out what a short list shows

export class Paged<T, P extends Page<T> = Page<T>> {
  readonly items = signal<readonly T[]>([]);
  readonly loading = signal(false);
  readonly failure = signal<unknown>(null);
  readonly #cursor = signal<string | null | undefined>(undefined);
  /** Whether nothing more is to come. */
  readonly whole = computed(() => this.#cursor.value === null);
  /** Whether it is known that there is nothing at all. */
  readonly empty = computed(() => this.whole.value && this.items.value.length === 0);
  #asking = new AbortController();

  constructor(
    private readonly ask: Ask<P>,
    private readonly learn: (page: P) => void = () => {},
  ) {}

  /** Ask for the next page, unless it is being asked for or there is none. */
  async more(): Promise<void> {
    if (this.loading.peek() || this.#cursor.peek() === null) return;
    await this.#load(this.#cursor.peek() ?? null);
  }

  /** Ask from the start again, for as many as are shown: nobody's place in the list is lost. */
  async again(): Promise<void> {
    this.#asking.abort();
    this.loading.value = false;
    const shown = this.items.peek().length;
    await this.#load(null, shown ? Math.min(Math.max(shown, LEAST), MOST) : undefined);
  }

  /** Show something else in place of one that is shown, or leave it out. */
  replace(fits: (item: T) => boolean, by: T | null): void {
    this.items.value = this.items.peek().flatMap((item) => (!fits(item) ? [item] : by === null ? [] : [by]));
  }

  async #load(cursor: string | null, limit?: number): Promise<void> {
    const asking = new AbortController();
    this.#asking = asking;
    this.loading.value = true;
    this.failure.value = null;
    try {
      const page = await this.ask(cursor, asking.signal, limit);
      if (asking.signal.aborted) return;
      this.learn(page);
      this.items.value = cursor === null ? page.data : [...this.items.peek(), ...page.data];
      this.#cursor.value = page.next_cursor;
    } catch (failure) {
      if (!asking.signal.aborted) this.failure.value = failure;
    } finally {
      if (!asking.signal.aborted) this.loading.value = false;
    }
  }
}
