/** A label, its control, a word of help, and what is wrong with it, joined so that screen readers tell them together. */
import type { ComponentChildren } from "preact";
import { useId } from "preact/hooks";

export interface Wiring {
  id: string;
  "aria-describedby": string | undefined;
  "aria-invalid": boolean | undefined;
}

interface FieldProps {
  label: string;
  help?: string;
  error?: string;
  hideLabel?: boolean;
  class?: string;
  /** The control; spread the wiring into it. */
  children: (wiring: Wiring) => ComponentChildren;
}

export function Field({ label, help, error, hideLabel, class: more = "", children }: FieldProps) {
  const id = useId();
  const told = error ? `${id}-error` : help ? `${id}-help` : undefined;
  return (
    <div class={`field ${more}`}>
      <label for={id} class={hideLabel ? "unseen" : undefined}>
        {label}
      </label>
      {children({ id, "aria-describedby": told, "aria-invalid": error ? true : undefined })}
      {error ? (
        <p class="field-error" id={`${id}-error`}>
          {error}
        </p>
      ) : (
        help && (
          <p class="field-help" id={`${id}-help`}>
            {help}
          </p>
        )
      )}
    </div>
  );
}
