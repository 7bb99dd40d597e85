/** A button for what cannot be taken back: it asks once more, in its own place. */

import { useSignal } from "@preact/signals";
import { useEffect, useRef } from "preact/hooks";
import { put } from "../bind";
import { Button } from "./Button";

interface SureProps {
  /** What it does. */
  children: string;
  /** What it is done to, for those who do not see the row. */
  label: string;
  /** What the second button says. */
  sure: string;
  disabled?: boolean;
  onSure: () => void;
}

export function Sure({ children, label, sure, disabled, onSure }: SureProps) {
  const asking = useSignal(false);
  const place = useRef<HTMLSpanElement>(null);
  const asked = asking.value;
  useEffect(() => {
    if (asked) place.current?.querySelector("button")?.focus();
  }, [asked]);
  if (!asked) {
    return (
      <Button look="danger" aria-label={`${children} ${label}`} disabled={disabled} onClick={put(asking, true)}>
        {children}
      </Button>
    );
  }
  return (
    <span class="sure" ref={place}>
      <Button onClick={put(asking, false)}>Keep</Button>
      <Button
        look="danger"
        onClick={() => {
          asking.value = false;
          onSure();
        }}
      >
        {sure}
      </Button>
    </span>
  );
}
