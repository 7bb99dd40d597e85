/** What has to be looked at anew by itself, because nothing tells when it changes. It rests while the page is not seen. */
import { useEffect, useRef } from "preact/hooks";
import { ended } from "./api";

/** Do something every so many ms. */
export function useEvery(ms: number, run: () => unknown): void {
  const latest = useRef(run);
  latest.current = run;
  useEffect(() => {
    const timer = setInterval(() => {
      if (!document.hidden && !ended.peek()) latest.current();
    }, ms);
    return () => clearInterval(timer);
  }, [ms]);
}
