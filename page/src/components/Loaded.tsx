/** Something asked of the server once: while it is on its way, when it is there, and when it could not be had. */
import { type Signal, useSignal } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { Failed, Loading } from "./States";

export interface Asked<T> {
  value: Signal<T | null>;
  failure: Signal<unknown>;
  /** Ask once more; what is shown stays until the answer is there. */
  again: () => Promise<void>;
}

/** Ask now, and whenever one of these changes. An answer to an older question is dropped. */
export function useAsked<T>(ask: () => Promise<T>, changing: readonly unknown[] = []): Asked<T> {
  const value = useSignal<T | null>(null);
  const failure = useSignal<unknown>(null);
  const turn = useSignal(0);
  const again = async () => {
    turn.value = turn.peek() + 1;
    const mine = turn.peek();
    try {
      const answer = await ask();
      if (mine !== turn.peek()) return;
      value.value = answer;
      failure.value = null;
    } catch (problem) {
      if (mine === turn.peek()) failure.value = problem;
    }
  };
  useEffect(() => {
    again();
  }, [...changing]);
  return { value, failure, again };
}

interface LoadedProps<T> {
  asked: Asked<T>;
  text?: string;
  children: (value: T) => ComponentChildren;
}

export function Loaded<T>({ asked, text, children }: LoadedProps<T>) {
  if (asked.value.value !== null) return <>{children(asked.value.value)}</>;
  if (asked.failure.value) return <Failed failure={asked.failure.value} onRetry={asked.again} />;
  return <Loading text={text} />;
}
