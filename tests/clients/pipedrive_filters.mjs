// Drives the filters of the official client's v1 API, lists by them with its v2 API, and prints what it saw as JSON.
// Environment: DAYLINE_URL, DAYLINE_TOKEN, DAYLINE_USER, DAYLINE_FIELDS (ids of activity fields, by their keys).
import { v1, v2 } from "pipedrive";

const { DAYLINE_URL: url, DAYLINE_TOKEN: token } = process.env;
const owner = process.env.DAYLINE_USER;
const fields = JSON.parse(process.env.DAYLINE_FIELDS);

const filters = new v1.FiltersApi(new v1.Configuration({ apiKey: token, basePath: `${url}/v1` }));
const activities = new v2.ActivitiesApi(new v2.Configuration({ apiKey: token, basePath: `${url}/api/v2` }));

const condition = (key, operator, value = null) => ({
  object: "activity",
  field_id: fields[key],
  operator,
  value,
  extra_value: null,
});
const all = (...conditions) => ({ glue: "and", conditions });
const any = (...conditions) => ({ glue: "or", conditions });
const add = (name, and, or) =>
  filters.addFilter({ AddFilterRequest: { name, type: "activity", conditions: all(and, or) }, include_field_code: true });

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error?.response?.data ?? error;
  }
  return "not refused";
}

async function subjects(filter_id, more = {}) {
  const found = [];
  let cursor;
  do {
    const page = await activities.getActivities({ filter_id, limit: 2, cursor, ...more });
    found.push(...page.data.map((activity) => activity.subject));
    cursor = page.additional_data.next_cursor ?? undefined;
  } while (cursor);
  return found;
}

// Ann's overdue calls with a deal, or her meetings next week.
const hers = await add(
  "Ann's week",
  all(condition("user_id", "=", owner)),
  any(
    all(
      condition("type", "=", "call"),
      condition("due_date", "<", "today"),
      condition("done", "=", "0"),
      condition("deal_id", "IS NOT NULL"),
    ),
    all(condition("type", "=", "meeting"), condition("due_date", "=", "next_week")),
  ),
);
const { id } = hers.data;
const found = await subjects(id);
const plain = await add("Calls", all(condition("type", "=", "call")), any());
const updated = await filters.updateFilter({
  id: plain.data.id,
  UpdateFilterRequest: { name: "Meetings", conditions: all(all(condition("type", "=", "meeting")), any()) },
});
const third = await add("All", all(), any());

console.log(
  JSON.stringify({
    hers,
    found,
    besides: await subjects(id, { ids: "1", owner_id: 999999, deal_id: 999999, person_id: 999999, org_id: 999999 }),
    done: await subjects(id, { done: true }),
    got: await filters.getFilter({ id }),
    listed: await filters.getFilters({ type: "activity" }),
    deals: await filters.getFilters({ type: "deals" }),
    helpers: await filters.getFilterHelpers(),
    updated,
    meetings: await subjects(plain.data.id),
    everything: await subjects(third.data.id),
    deleted: await filters.deleteFilter({ id: plain.data.id }),
    deletedMany: await filters.deleteFilters({ ids: `${third.data.id},${plain.data.id},999999` }),
    refusals: {
      missing: await refusal(filters.getFilter({ id: plain.data.id })),
      listed: await refusal(activities.getActivities({ filter_id: plain.data.id })),
      field: await refusal(add("Bad", all({ ...condition("type", "=", "call"), field_id: "99999" }), any())),
      operator: await refusal(add("Bad", all(condition("type", "LIKE '%$%'", "call")), any())),
      deals: await refusal(
        filters.addFilter({ AddFilterRequest: { name: "Bad", type: "deals", conditions: all(all(), any()) } }),
      ),
    },
  }),
);
