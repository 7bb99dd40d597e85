/** Whether anything changed on the server, whoever changed it: asked every moment while the page is seen. */
import { computed, signal } from "@preact/signals";
import { api, ended, renew, session } from "./api";

const EVERY = 1_500;
const SLOWEST = 15_000;

/** The number of the last change; what is shown is read again when it goes up. */
export const sequence = signal(0);
/** Whether the server stopped answering. */
export const offline = signal(false);

/** Whether there is a session to ask with. */
const asking = computed(() => Boolean(session.value) && !ended.value);

let timer: ReturnType<typeof setTimeout> | undefined;
let wait = EVERY;

async function ask(): Promise<void> {
  clearTimeout(timer);
  if (!asking.peek() || document.hidden) return;
  try {
    const latest = await api.get<{ sequence: number }>("/changes/latest");
    sequence.value = latest.sequence;
    offline.value = false;
    wait = EVERY;
  } catch (failure) {
    offline.value = (failure as { status?: number }).status === 0;
    wait = Math.min(wait * 2, SLOWEST);
  }
  clearTimeout(timer);
  timer = setTimeout(ask, wait);
}

/** Begin to watch; it rests while the page is hidden, and looks at once when it is seen again. */
export function watchChanges(): void {
  document.addEventListener("visibilitychange", () => {
    wait = EVERY;
    // Meanwhile somebody may have signed in on another page of this browser.
    if (!document.hidden) void renew().then(ask);
  });
  asking.subscribe((now) => {
    if (!now) return;
    sequence.value = 0; // what was asked for while nobody was signed in is asked for again
    void ask();
  });
}
