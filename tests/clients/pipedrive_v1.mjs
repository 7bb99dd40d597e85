// Drives all of the official client's v1 ActivitiesApi, and what hangs on a deal, person and organization.
// It prints what it saw as JSON. The client is the last line that had all of it, 30.11.0.
// Environment: DAYLINE_URL, DAYLINE_TOKEN, DAYLINE_MEMBER, DAYLINE_COUNT, DAYLINE_DEAL, DAYLINE_PERSON, DAYLINE_ORG.
import { v1 } from "pipedrive-v1";

const { DAYLINE_URL: url, DAYLINE_TOKEN: token, DAYLINE_MEMBER: member } = process.env;
const [count, deal, person, org] = ["COUNT", "DEAL", "PERSON", "ORG"].map((name) => Number(process.env[`DAYLINE_${name}`]));

const configuration = new v1.Configuration({ apiKey: token, basePath: `${url}/v1` });
const activities = new v1.ActivitiesApi(configuration);
const byBearer = new v1.ActivitiesApi(new v1.Configuration({ accessToken: token, basePath: `${url}/api/v1` }));
const asMember = new v1.ActivitiesApi(new v1.Configuration({ apiKey: member, basePath: `${url}/v1` }));
const add = (fields) => activities.addActivity({ AddActivityRequest: fields });
const change = (id, fields) => activities.updateActivity({ id, UpdateActivityRequest: fields });
const ids = (page) => (page.data ?? []).map((activity) => activity.id);

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    // The client rejects with the body alone where the body is JSON.
    return error?.response?.data ?? error;
  }
  return "not refused";
}

async function walk(ask) {
  const pages = [];
  let start = 0;
  while (start !== undefined) {
    const page = await ask({ start, limit: 50 });
    pages.push(ids(page));
    start = page.additional_data.pagination.next_start;
  }
  return pages;
}

async function walkCollection(filters) {
  const pages = [];
  let cursor;
  do {
    const page = await activities.getActivitiesCollection({ ...filters, limit: 50, cursor });
    pages.push(ids(page));
    cursor = page.additional_data.next_cursor ?? undefined;
  } while (cursor);
  return pages;
}

const created = [];
for (let n = 0; n < count; n += 1) {
  created.push((await add({ subject: "By the official client", type: "task", deal_id: deal, done: n % 2 })).data.id);
}
const full = await add({
  subject: "Every field",
  type: "meeting",
  deal_id: deal,
  org_id: org,
  person_id: person,
  due_date: "2026-12-01",
  due_time: "14:30",
  duration: "00:45",
  busy_flag: true,
  done: 0,
  location: "Pikk 1, Tallinn",
  participants: [{ person_id: person, primary_flag: true }],
  attendees: [{ email_address: "guest@example.com" }],
  public_description: "shared",
  note: "internal",
  a_custom_field: "left alone",
});
const { id } = full.data;
const got = await activities.getActivity({ id });
const byParent = {
  deal: await walk((page) => new v1.DealsApi(configuration).getDealActivities({ id: deal, ...page })),
  person: ids(await new v1.PersonsApi(configuration).getPersonActivities({ id: person })),
  organization: ids(await new v1.OrganizationsApi(configuration).getOrganizationActivities({ id: org, done: 0 })),
  excluded: ids(await new v1.PersonsApi(configuration).getPersonActivities({ id: person, exclude: String(id) })),
};
const seen = {
  created,
  full,
  got,
  byBearer: await byBearer.getActivity({ id }),
  pages: await walk((page) => activities.getActivities({ type: "task", ...page })),
  done: (await walk((page) => activities.getActivities({ user_id: 0, type: "task", done: 1, ...page }))).flat(),
  byDate: ids(await activities.getActivities({ start_date: new Date("2026-12-01"), end_date: "2026-12-01" })),
  byParent,
  collection: await walkCollection({ type: "task,meeting" }),
  collectionDone: (await walkCollection({ type: "task", done: true })).flat(),
  collectionSince: ids(await activities.getActivitiesCollection({ since: got.data.update_time, type: "meeting" })),
  updated: await change(id, { subject: "Changed", done: 1 }),
  cleared: await change(id, { due_date: null, due_time: "", duration: "", deal_id: null, note: null, location: null }),
  deleted: await activities.deleteActivity({ id }),
  afterwards: await activities.getActivity({ id }),
  deletedMany: await activities.deleteActivities({ ids: `${created[0]},${created[1]},999999999` }),
  left: (await walk((page) => activities.getActivities({ type: "task", ...page }))).flat(),
  nothing: await activities.getActivities({ type: "no_such" }),
  refusals: {
    missing: await refusal(activities.getActivity({ id: 999999999 })),
    deletedTwice: await refusal(activities.deleteActivity({ id })),
    wrongType: await refusal(add({ deal_id: "five" })),
    noIds: await refusal(activities.deleteActivities({ ids: "" })),
    noDeal: await refusal(new v1.DealsApi(configuration).getDealActivities({ id: 999999999 })),
    collection: await refusal(asMember.getActivitiesCollection({})),
    stranger: await refusal(
      new v1.ActivitiesApi(new v1.Configuration({ apiKey: "dl_1_wrong", basePath: `${url}/v1` })).getActivities({}),
    ),
  },
};

console.log(JSON.stringify(seen));
