/** The line for a shell that shows an activity in one dialect. It must never hold a credential. */

import type { Activity, RecordRef } from "../model";

/** What the reader has to have in his shell for the lines to work. */
export const VARIABLE = "DAYLINE_TOKEN";
/** The same, for Truto: through which integrated account Dayline's own store is read. */
const INTEGRATED = "INTEGRATED_ACCOUNT_ID";

/** The line, or null where the dialect has no call that shows this activity. */
export function curlOf(dialect: string, activity: Activity, origin: string): string | null {
  const read = (path: string, header: string) => `curl -H ${header} '${origin}${path}'`;
  switch (dialect) {
    case "pipedrive":
      return read(`/api/v2/activities/${activity.id}`, `"x-api-token: $${VARIABLE}"`);
    case "atz":
      return read(`/v1/activity/${activity.id}`, `"Authorization: Bearer $${VARIABLE}"`);
    case "reevo":
      return timeline(activity, origin);
    case "dayline":
      return read(`/dayline/v1/activities/${activity.id}`, `"Authorization: Bearer $${VARIABLE}"`);
    case "truto":
      return `curl -H "Authorization: Bearer $${VARIABLE}" "${origin}/unified/ats/activities/${activity.uuid}?integrated_account_id=$${INTEGRATED}"`;
    default:
      return null;
  }
}

/** Reevo has no call for one activity: it is read as a part of somebody's timeline. */
function timeline(activity: Activity, origin: string): string | null {
  const scopes: [string, RecordRef | undefined][] = [
    ["contact_id", activity.participants[0] ?? of(activity, "contact")],
    ["opportunity_id", of(activity, "deal")],
    ["account_id", of(activity, "organization")],
  ];
  const found = scopes.find(([, ref]) => ref);
  if (!found) return null;
  const body = JSON.stringify({ [found[0]]: found[1]?.uuid });
  return (
    `curl -H "Authorization: Bearer $${VARIABLE}" -H 'Content-Type: application/json' ` +
    `-d '${body}' '${origin}/api/v2/activity/_query'`
  );
}

function of(activity: Activity, kind: RecordRef["kind"]): RecordRef | undefined {
  return activity.related.find((ref) => ref.kind === kind);
}
