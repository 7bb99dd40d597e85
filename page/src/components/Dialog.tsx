/**
 * A dialog over the page: the browser's own, which keeps the focus inside, closes on Esc and gives the focus back.
 * At the side it leaves the page usable, so that one can look at the next thing without closing it first.
 */
import type { ComponentChildren } from "preact";
import { useEffect, useId, useRef } from "preact/hooks";
import { IconButton } from "./Button";

interface DialogProps {
  title: string;
  children: ComponentChildren;
  onClose: () => void;
  /** `side` stands at the right edge, the whole height. */
  place?: "middle" | "side";
  class?: string;
}

export function Dialog({ title, children, onClose, place = "middle", class: more = "" }: DialogProps) {
  const dialog = useRef<HTMLDialogElement>(null);
  const heading = useId();
  const close = useRef(onClose);
  close.current = onClose;
  const written = useRef(false);
  useEffect(() => {
    const onKey = (event: KeyboardEvent) => {
      if (event.key !== "Escape" || event.defaultPrevented || document.querySelector("dialog:modal")) return;
      close.current();
    };
    const element = dialog.current;
    const before = document.activeElement;
    if (place === "side") {
      element?.show();
      element?.focus(); // its beginning, not the first button in it
      document.addEventListener("keydown", onKey);
    } else element?.showModal();
    return () => {
      document.removeEventListener("keydown", onKey);
      element?.close();
      if (before instanceof HTMLElement && before.isConnected) before.focus();
    };
  }, []);
  return (
    <dialog
      ref={dialog}
      tabIndex={-1}
      class={`dialog ${place} ${more}`}
      aria-labelledby={heading}
      onCancel={(event) => {
        event.preventDefault();
        onClose();
      }}
      onInput={(event) => {
        if ((event.target as Element).closest("form")) written.current = true;
      }}
      onMouseDown={(event) => {
        // A press beside it is easily made by mistake: what somebody wrote does not go with it.
        if (place === "middle" && event.target === dialog.current && !written.current) onClose();
      }}
    >
      <div class="dialog-inside">
        <header class="dialog-head">
          <h2 id={heading}>{title}</h2>
          <IconButton icon="close" label="Close" onClick={onClose} />
        </header>
        {children}
      </div>
    </dialog>
  );
}
