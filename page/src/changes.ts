/**
 * Whether anything changed on the server, whoever changed it: told by a stream of changes while the page is seen, and
 * asked every moment where there is none.
 */
import { computed, signal } from "@preact/signals";
import { api, ended, renew, session } from "./api";

const EVERY = 1_500;
const SLOWEST = 15_000;
/** In which a stream must begin: what stands in between may hold it back for ever. */
const BEGIN = 5_000;
/** After which a stream in which nothing has come is dead: the server says every 15 seconds that it is there. */
const SILENCE = 40_000;
/** After which a stream is tried again where it did not begin. */
const AGAIN = 60_000;

/** The number of the last change; what is shown is read again when it goes up. */
export const sequence = signal(0);
/** Whether the server stopped answering. */
export const offline = signal(false);

/** Whether there is a session to ask with. */
const asking = computed(() => Boolean(session.value) && !ended.value);

let timer: ReturnType<typeof setTimeout> | undefined;
let wait = EVERY;
let stream: AbortController | undefined;
let notBefore = 0;

async function ask(): Promise<void> {
  clearTimeout(timer);
  if (!asking.peek() || document.hidden || stream) return;
  try {
    const latest = await api.get<{ sequence: number }>("/changes/latest");
    sequence.value = latest.sequence;
    offline.value = false;
    wait = EVERY;
    if (asking.peek() && !document.hidden && !stream && Date.now() >= notBefore) return void listen();
  } catch (failure) {
    offline.value = (failure as { status?: number }).status === 0;
    wait = Math.min(wait * 2, SLOWEST);
  }
  clearTimeout(timer);
  timer = setTimeout(ask, wait);
}

/** Read a stream until it ends. Why it did is told to whoever asks: a session that is over, a server that is gone. */
async function listen(): Promise<void> {
  const abort = new AbortController();
  stream = abort;
  let begun = false;
  let watch = setTimeout(() => abort.abort(), BEGIN);
  try {
    const path = api.href("/changes/stream", { since: sequence.peek() });
    const answer = await fetch(path, { credentials: "same-origin", signal: abort.signal });
    const reader = answer.ok ? answer.body?.pipeThrough(new TextDecoderStream()).getReader() : undefined;
    let rest = "";
    for (let part = await reader?.read(); part && !part.done && stream === abort; part = await reader?.read()) {
      begun = true;
      clearTimeout(watch);
      watch = setTimeout(() => abort.abort(), SILENCE);
      const lines = (rest + part.value).split("\n");
      rest = lines.pop() ?? "";
      const ids = lines.filter((line) => line.startsWith("id: "));
      if (ids.length > 0) sequence.value = Math.max(sequence.peek(), Number(ids[ids.length - 1]?.slice(4)));
    }
  } catch {
    // It was cut, here or there.
  }
  clearTimeout(watch);
  abort.abort();
  if (stream !== abort) return;
  stream = undefined;
  if (!begun) notBefore = Date.now() + AGAIN;
  clearTimeout(timer);
  timer = setTimeout(ask, begun ? EVERY : 0);
}

function stopListening(): void {
  const open = stream;
  stream = undefined;
  open?.abort();
}

/** Begin to watch; it rests while the page is hidden, and looks at once when it is seen again. */
export function watchChanges(): void {
  document.addEventListener("visibilitychange", () => {
    wait = EVERY;
    stopListening();
    // Meanwhile somebody may have signed in on another page of this browser.
    if (!document.hidden) void renew().then(ask);
  });
  addEventListener("offline", () => stream?.abort());
  asking.subscribe((now) => {
    stopListening();
    if (!now) return;
    sequence.value = 0; // what was asked for while nobody was signed in is asked for again
    void ask();
  });
}
