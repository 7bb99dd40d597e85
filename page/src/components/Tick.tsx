/** The round box that says whether an activity is done. */
import { setDone, titleOf } from "../activities";
import { colourOf } from "../colours";
import type { Activity } from "../model";
import { Icon } from "./Icon";

export function Tick({ activity, tabIndex }: { activity: Activity; tabIndex?: number }) {
  return (
    <button
      type="button"
      class="tick"
      role="checkbox"
      tabIndex={tabIndex}
      aria-checked={activity.done}
      aria-label={`Done: ${titleOf(activity)}`}
      style={{ "--type": colourOf(activity.type) }}
      onPointerDown={(event) => event.stopPropagation()}
      onMouseDown={(event) => event.stopPropagation()}
      onTouchStart={(event) => event.stopPropagation()}
      onClick={(event) => {
        event.stopPropagation();
        void setDone(activity, !activity.done);
      }}
    >
      <Icon name="check" />
    </button>
  );
}
