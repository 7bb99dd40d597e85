/** The end of a list that goes on: when it comes into sight, the next page is asked for. A button does the same. */
import { useEffect, useRef } from "preact/hooks";
import { explain } from "../api";
import { Button } from "./Button";

interface Going {
  loading: { value: boolean };
  whole: { value: boolean };
  failure: { value: unknown };
  more: () => Promise<void>;
}

const AHEAD = "400px"; // before the end is reached, so that nobody waits for it

export function Sentinel({ paged }: { paged: Going }) {
  const end = useRef<HTMLDivElement>(null);
  const { value: loading } = paged.loading;
  const { value: whole } = paged.whole;
  const { value: failure } = paged.failure;
  useEffect(() => {
    const element = end.current;
    if (!element || loading || whole || failure) return;
    const watch = new IntersectionObserver((seen) => seen.some((one) => one.isIntersecting) && paged.more(), {
      rootMargin: AHEAD,
    });
    watch.observe(element);
    return () => watch.disconnect();
  }, [paged, loading, whole, failure]);
  if (whole) return null;
  return (
    <div class="sentinel" ref={end}>
      {failure ? <p role="alert">{explain(failure)}</p> : null}
      <Button look="quiet" disabled={loading} onClick={() => paged.more()}>
        {loading ? "Loading …" : failure ? "Try again" : "Show more"}
      </Button>
    </div>
  );
}
