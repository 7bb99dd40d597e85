/** One activity, beside the page that it was opened from. */
import { Dialog } from "../components/Dialog";
import { activityHref } from "../state";
import { ActivityView } from "./ActivityView";
import { keptOpen } from "./kept";

interface ActivityPanelProps {
  id: number;
  onClose: () => void;
}

/** Closing it with changes that are not saved asks first. */
export function ActivityPanel({ id, onClose }: ActivityPanelProps) {
  const opened = keptOpen(id);
  const close = () => {
    if (opened.dirty.peek()) opened.leaving.value = onClose;
    else onClose();
  };
  return (
    <Dialog title="Activity" place="side" class="activity-panel" onClose={close}>
      <ActivityView
        key={id}
        opened={opened}
        onGone={onClose}
        aside={<a href={activityHref({ id })}>Open on a page of its own</a>}
      />
    </Dialog>
  );
}
