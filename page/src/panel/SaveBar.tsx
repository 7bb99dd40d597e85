/** What has been changed and not saved, and what stands in the way of saving it. */
import { useEffect, useRef } from "preact/hooks";
import { explain, Problem } from "../api";
import { Button } from "../components/Button";
import { userName } from "../state";
import { count, fieldName } from "../words";
import type { Conflict, Opened } from "./opened";

export function SaveBar({ opened }: { opened: Opened }) {
  const bar = useRef<HTMLElement>(null);
  useEffect(() => {
    const onKeyDown = (event: KeyboardEvent) => {
      if (!(event.ctrlKey || event.metaKey) || (event.key !== "Enter" && event.key !== "s")) return;
      event.preventDefault();
      if (opened.dirty.peek()) opened.save();
    };
    document.addEventListener("keydown", onKeyDown);
    return () => document.removeEventListener("keydown", onKeyDown);
  }, [opened]);
  const leave = opened.leaving.value;
  useEffect(() => {
    if (leave) bar.current?.querySelector<HTMLElement>("button")?.focus();
  }, [leave]);
  const names = Object.keys(opened.edits.value);
  if (!names.length && !opened.problem.value) return null;
  return (
    <section class="save-bar" aria-label="Changes that are not saved" ref={bar}>
      {opened.conflict.value && <Clash conflict={opened.conflict.value} />}
      <SaveProblem problem={opened.problem.value} />
      {names.length > 0 && (
        <div class="save-line">
          <p>
            {leave ? "Close without saving? " : ""}
            {count(names.length, "change")} not saved: {list(names)}
          </p>
          {leave && <Button onClick={() => stay(opened)}>Go on editing</Button>}
          <Button onClick={() => discard(opened)}>{leave ? "Discard and close" : "Discard"}</Button>
          <Button look="primary" disabled={opened.saving.value} onClick={() => save(opened)}>
            {opened.saving.value ? "Saving …" : opened.conflict.value?.both.length ? "Save mine over theirs" : "Save"}
          </Button>
        </div>
      )}
    </section>
  );
}

/** Why it could not be saved. */
export function SaveProblem({ problem }: { problem: unknown }) {
  if (problem === null) return null;
  return (
    <p class="field-error" role="alert">
      {refusal(problem)}
    </p>
  );
}

function Clash({ conflict }: { conflict: Conflict }) {
  return (
    <div class="callout warning" role="alert">
      <p>
        <strong>{userName(conflict.editor)} changed this activity while you were editing it.</strong> Nothing of yours
        has been saved yet.{" "}
        {conflict.both.length
          ? `You both changed ${list(conflict.both)}. Discard to see what is there now, or save yours over it.`
          : `Changed there: ${list(conflict.theirs) || "files"}. It does not touch what you changed: save again.`}
      </p>
    </div>
  );
}

const list = (names: readonly string[]): string => names.map(fieldName).join(", ");

/** A refusal with the fields as this page calls them. */
function refusal(failure: unknown): string {
  if (!(failure instanceof Problem) || !failure.errors.length) return explain(failure);
  return failure.errors.map(({ field, message }) => (field ? `${fieldName(field)}: ${message}` : message)).join(" ");
}

async function save(opened: Opened): Promise<void> {
  const leave = opened.leaving.peek();
  if ((await opened.save()) && leave) leave();
}

function discard(opened: Opened): void {
  const leave = opened.leaving.peek();
  opened.discard();
  leave?.();
}

function stay(opened: Opened): void {
  opened.leaving.value = null;
}
