/** All that there is about one activity, in tabs. Every text of a user is shown as text. */
import type { ComponentChildren } from "preact";
import { useEffect } from "preact/hooks";
import { removed, titleOf, written } from "../activities";
import { api } from "../api";
import { sequence } from "../changes";
import { Button } from "../components/Button";
import { Empty, Failed, Loading } from "../components/States";
import { type Tab, Tabs } from "../components/Tabs";
import { type Shown, toast, toastFailure, undoable } from "../components/Toast";
import type { Activity } from "../model";
import { Details } from "./Details";
import { Dialects } from "./Dialects";
import { Files } from "./Files";
import { Headline } from "./Headline";
import { History } from "./History";
import type { Opened } from "./opened";
import { SaveBar } from "./SaveBar";
import "../styles/parts.css";
import "../styles/panel.css";

interface ActivityViewProps {
  opened: Opened;
  /** Called when the activity is deleted. */
  onGone: () => void;
  aside?: ComponentChildren;
}

export function ActivityView({ opened, onGone, aside }: ActivityViewProps) {
  const changes = sequence.value;
  useEffect(() => {
    if (opened.activity.peek()) opened.look();
    else opened.load();
  }, [opened, changes]);
  const activity = opened.activity.value;
  if (!activity) {
    if (opened.failure.value) return <Failed failure={opened.failure.value} onRetry={() => opened.load()} />;
    return <Loading text="Loading the activity …" />;
  }
  const gone = opened.gone.value;
  if (gone && !opened.dirty.value) {
    return (
      <Empty title={GONE}>
        <p>{WHY_GONE}</p>
      </Empty>
    );
  }
  const files = activity.attachments.length;
  const tabs: Tab[] = [
    { key: "details", label: "Details", show: () => <Details opened={opened} /> },
    { key: "files", label: files ? `Files (${files})` : "Files", show: () => <Files opened={opened} /> },
    { key: "history", label: "History", show: () => <History id={opened.id} revision={activity.revision} /> },
    { key: "dialects", label: "In each dialect", show: () => <Dialects activity={activity} /> },
  ];
  return (
    <div class="activity">
      {gone && <Gone />}
      {activity.deleted_at && <Deleted opened={opened} />}
      <Headline opened={opened} />
      <Tabs label="Parts of the activity" tabs={tabs} />
      <footer class="activity-foot">
        {aside}
        {!activity.deleted_at && !gone && (
          <Button look="danger" icon="trash" onClick={() => void undoable(remove(opened, onGone))}>
            Delete
          </Button>
        )}
      </footer>
      <SaveBar opened={opened} />
    </div>
  );
}

const GONE = "This activity is not there any more";
const WHY_GONE = "It is purged, or you may not see it any more.";

/** What was changed on it stays in sight until it is discarded. */
function Gone() {
  return (
    <div class="callout warning" role="alert">
      <p>
        <strong>{GONE}.</strong> {WHY_GONE} What you changed cannot be saved here: copy what you need, then discard it.
      </p>
    </div>
  );
}

function Deleted({ opened }: { opened: Opened }) {
  return (
    <div class="callout" role="status">
      <p>This activity is deleted. It can be restored until it is purged.</p>
      <Button icon="restore" onClick={() => restore(opened).catch(toastFailure)}>
        Restore
      </Button>
    </div>
  );
}

async function restore(opened: Opened): Promise<void> {
  const back = await api.send<Activity>("POST", `/activities/${opened.id}/restore`);
  removed.value = [];
  written.value = [back];
  await opened.load();
}

async function remove(opened: Opened, onGone: () => void): Promise<Shown | undefined> {
  const activity = opened.activity.peek();
  if (!activity) return undefined;
  try {
    await api.send("DELETE", `/activities/${opened.id}`);
  } catch (failure) {
    toastFailure(failure);
    return undefined;
  }
  opened.discard();
  removed.value = [opened.id];
  onGone();
  return toast(`“${titleOf(activity)}” is deleted.`, { undo: () => restore(opened) });
}
