/** Whether anything changed on the server, whoever changed it: asked every moment while the page is seen. */
import { signal } from "@preact/signals";
import { api, session } from "./api";

const EVERY = 1_500;
const SLOWEST = 15_000;

/** The number of the last change; what is shown is read again when it goes up. */
export const sequence = signal(0);
/** Whether the server stopped answering. */
export const offline = signal(false);

let timer: ReturnType<typeof setTimeout> | undefined;
let wait = EVERY;

async function ask(): Promise<void> {
  clearTimeout(timer);
  if (!session.peek() || document.hidden) return;
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
    void ask();
  });
  session.subscribe((now) => {
    if (now) void ask();
  });
}
