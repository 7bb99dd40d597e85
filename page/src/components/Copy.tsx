/** A line to take along, and the button that copies it. */

import { useSignal } from "@preact/signals";
import { put } from "../bind";
import { Button } from "./Button";
import { Code } from "./Code";
import { toast } from "./Toast";

interface CopyProps {
  text: string;
  /** What it is, for those who cannot see which line the button belongs to. */
  label: string;
}

export function Copyable({ text, label }: CopyProps) {
  const copied = useSignal(false);
  const copy = async () => {
    copied.value = await toClipboard(text);
    if (!copied.value) toast("This browser does not let pages copy. Select the line and copy it.", { look: "danger" });
    else setTimeout(put(copied, false), 2_000);
  };
  return (
    <div class="copyable">
      <Code text={text} label={label} />
      <Button look="plain" aria-label={`Copy: ${label}`} onClick={copy}>
        {copied.value ? "Copied" : "Copy"}
      </Button>
    </div>
  );
}

/** Whether it worked: browsers have a clipboard on https and on this machine alone. */
async function toClipboard(text: string): Promise<boolean> {
  try {
    await navigator.clipboard.writeText(text);
    return true;
  } catch {
    return false;
  }
}
