/** The keys that work at the moment. */
import { shortcuts } from "../keyboard";
import { Dialog } from "./Dialog";

const SHOWN: { [key: string]: string } = { ArrowLeft: "←", ArrowRight: "→", ArrowUp: "↑", ArrowDown: "↓" };

const ALWAYS = [
  ["x", "Done, or open again: where the calendar’s focus is"],
  ["Alt ← →", "Move it by a day"],
  ["Alt ↑ ↓", "Move it by a quarter of an hour"],
  ["Esc", "Close what is open"],
];

export function Help({ onClose }: { onClose: () => void }) {
  return (
    <Dialog title="Keys" onClose={onClose} class="help">
      <dl class="keys">
        {shortcuts.value.map((one) => (
          <div key={one.key}>
            <dt>
              <kbd>{SHOWN[one.key] ?? one.key}</kbd>
            </dt>
            <dd>{one.does}</dd>
          </div>
        ))}
        {ALWAYS.map(([key, does]) => (
          <div key={key}>
            <dt>
              <kbd>{key}</kbd>
            </dt>
            <dd>{does}</dd>
          </div>
        ))}
      </dl>
    </Dialog>
  );
}
