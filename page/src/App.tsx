/** The page as a whole: who is signed in, which page the address names, the panel over it, and the messages. */
import { useSignal, useSignalEffect } from "@preact/signals";
import type { ComponentChildren } from "preact";
import { lazy, Suspense } from "preact/compat";
import { useEffect } from "preact/hooks";
import { ended, session } from "./api";
import { Button } from "./components/Button";
import { Empty, Failed, Loading } from "./components/States";
import { Toasts } from "./components/Toast";
import { parts } from "./router";
import { Shell } from "./Shell";
import { findSession } from "./session";
import { goHome, loadBasics, openActivity, openedActivity } from "./state";

const SignIn = lazy(async () => (await import("./pages/signin")).SignInPage);
const SignInAgain = lazy(async () => (await import("./pages/signin")).SignInAgain);
const Calendar = lazy(async () => (await import("./pages/calendar")).CalendarPage);
const List = lazy(async () => (await import("./pages/list")).ListPage);
const Records = lazy(async () => (await import("./pages/records")).RecordsPage);
const RecordOne = lazy(async () => (await import("./pages/record")).RecordPage);
const Admin = lazy(async () => (await import("./pages/admin")).AdminPage);
const Explorer = lazy(async () => (await import("./pages/explorer")).ExplorerPage);
const ActivityAlone = lazy(async () => (await import("./pages/activity")).ActivityPage);
const Panel = lazy(async () => (await import("./panel/ActivityPanel")).ActivityPanel);

function Page(): ComponentChildren {
  const [room = "calendar", first, second] = parts.value;
  if (room === "calendar") return <Calendar />;
  if (room === "list") return <List />;
  if (room === "activities" && first) return <ActivityAlone key={first} id={first} />;
  if (room === "records" && first && second) return <RecordOne key={`${first}:${second}`} kind={first} id={second} />;
  if (room === "records") return <Records kind={first} />;
  if (room === "admin") return <Admin section={first} />;
  if (room === "explorer") return <Explorer surface={first} />;
  return (
    <Empty title="There is no such page">
      <Button onClick={goHome}>Go to the calendar</Button>
    </Empty>
  );
}

function OverPage() {
  const id = openedActivity.value;
  if (id === null) return null;
  // Its own, so that the page stays, and keeps the focus, while the panel is fetched.
  return (
    <Suspense fallback={null}>
      <Panel key={id} id={id} onClose={() => openActivity(null)} />
    </Suspense>
  );
}

/** Over the page, which stays as it is: nothing is lost by a session that ends. */
function Ended() {
  if (!ended.value) return null;
  return (
    <Suspense fallback={null}>
      <SignInAgain by={ended.value.by} />
    </Suspense>
  );
}

function SignedIn() {
  const failure = useSignal<unknown>(null);
  const ready = useSignal(false);
  const load = () => {
    failure.value = null;
    loadBasics().then(
      () => {
        ready.value = true;
      },
      (problem) => {
        failure.value = problem;
      },
    );
  };
  useEffect(load, []);
  return (
    <Shell>
      {failure.value ? (
        <Failed failure={failure.value} onRetry={load} />
      ) : ready.value ? (
        <Suspense fallback={<Loading />}>
          <Page />
          <OverPage />
        </Suspense>
      ) : (
        <Loading />
      )}
    </Shell>
  );
}

export function App() {
  const failure = useSignal<unknown>(null);
  const ask = () => {
    failure.value = null;
    findSession().catch((problem) => {
      failure.value = problem;
    });
  };
  useEffect(ask, []);
  useSignalEffect(() => {
    if (session.value === null) document.title = "Sign in · Dayline";
  });
  return (
    <>
      {failure.value ? (
        <Failed failure={failure.value} onRetry={ask} />
      ) : session.value === undefined ? (
        <Loading />
      ) : session.value === null ? (
        <Suspense fallback={<Loading />}>
          <SignIn />
        </Suspense>
      ) : (
        <>
          <SignedIn />
          <Ended />
        </>
      )}
      <Toasts />
    </>
  );
}
