/** What a place shows while it has nothing to show: it loads, it is empty, it failed. Each keeps the room it takes. */
import type { ComponentChildren } from "preact";
import { explain } from "../api";
import { Button } from "./Button";

export function Loading({ text = "Loading …" }: { text?: string }) {
  return (
    <div class="state" role="status">
      <span class="spinner" aria-hidden="true" />
      <p>{text}</p>
    </div>
  );
}

export function Empty({ title, children }: { title: string; children?: ComponentChildren }) {
  return (
    <div class="state">
      <p class="state-title">{title}</p>
      {children}
    </div>
  );
}

export function Failed({ failure, onRetry }: { failure: unknown; onRetry?: () => void }) {
  return (
    <div class="state" role="alert">
      <p class="state-title">This could not be loaded</p>
      <p>{explain(failure)}</p>
      {onRetry && <Button onClick={onRetry}>Try again</Button>}
    </div>
  );
}
