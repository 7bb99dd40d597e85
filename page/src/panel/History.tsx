/** What became of an activity: every write of the change log, the newest first. */
import { useEffect, useMemo } from "preact/hooks";
import { api } from "../api";
import { Sentinel } from "../components/Sentinel";
import { Failed, Loading } from "../components/States";
import type { Page } from "../model";
import { Paged } from "../paged";
import { zone } from "../state";
import { fieldName } from "../words";
import { formatMoment } from "../zone";
import { told } from "./told";

interface Entry {
  sequence: number;
  at: string;
  user: { id: number; name: string } | null;
  via: string;
  action: "created" | "changed" | "deleted" | "restored";
  fields: { name: string; before: unknown; after: unknown }[];
}

const VIA: { [via: string]: string } = {
  page: "on this page",
  token: "through the API",
  "command line": "on the command line",
  worker: "by itself",
};

/** `revision` is the one that is shown: when it goes up, there is more to tell. */
export function History({ id, revision }: { id: number; revision: number }) {
  const entries = useMemo(
    () =>
      new Paged<Entry>((cursor, signal) => api.get<Page<Entry>>(`/activities/${id}/history`, { cursor }, { signal })),
    [id],
  );
  useEffect(() => {
    entries.again();
  }, [entries, revision]);
  if (entries.failure.value) return <Failed failure={entries.failure.value} onRetry={() => entries.again()} />;
  if (!entries.items.value.length && !entries.whole.value) return <Loading text="Loading the history …" />;
  return (
    <>
      <ol class="history" aria-label="History">
        {entries.items.value.map((entry) => (
          <li key={entry.sequence}>
            <p>
              <strong>{entry.user?.name ?? "The operator"}</strong> {entry.action} it{" "}
              <span class="soft">{VIA[entry.via] ?? entry.via}</span>
            </p>
            <p class="soft">
              <time dateTime={entry.at}>{formatMoment(entry.at, zone.value)}</time>
            </p>
            {entry.fields.length > 0 && (
              <dl class="changes">
                {entry.fields.map(({ name, before, after }) => (
                  <div key={name}>
                    <dt>{fieldName(name)}</dt>
                    <dd>
                      <del>{told(name, before)}</del> <span aria-hidden="true">→</span> <ins>{told(name, after)}</ins>
                    </dd>
                  </div>
                ))}
              </dl>
            )}
          </li>
        ))}
      </ol>
      <Sentinel paged={entries} />
    </>
  );
}
