// Drives all five operations of the official client's v2 ActivitiesApi, and prints what it saw as JSON.
// Environment: DAYLINE_URL, DAYLINE_TOKEN, DAYLINE_COUNT, DAYLINE_DEAL, DAYLINE_PERSON.
import { v2 } from "pipedrive";

const { DAYLINE_URL: url, DAYLINE_TOKEN: token } = process.env;
const count = Number(process.env.DAYLINE_COUNT);
const deal = Number(process.env.DAYLINE_DEAL);
const person = Number(process.env.DAYLINE_PERSON);

const basePath = `${url}/api/v2`;
const byKey = new v2.ActivitiesApi(new v2.Configuration({ apiKey: token, basePath }));
const byBearer = new v2.ActivitiesApi(new v2.Configuration({ accessToken: token, basePath }));
const add = (fields) => byKey.addActivity({ AddActivityRequest: fields });
const change = (id, fields) => byKey.updateActivity({ id, AddActivityRequest: fields });

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    // The client rejects with the body alone where the body is JSON.
    return error?.response?.data ?? error;
  }
  return "not refused";
}

async function addMany(subject) {
  const ids = [];
  for (let start = 0; start < count; start += 50) {
    const size = Math.min(50, count - start);
    const answers = await Promise.all(
      Array.from({ length: size }, (_, n) => add({ subject, type: "task", deal_id: deal, done: (start + n) % 2 === 1 })),
    );
    ids.push(...answers.map((answer) => answer.data.id));
  }
  return ids;
}

async function walk(filters) {
  const pages = [];
  let cursor;
  do {
    const page = await byKey.getActivities({ ...filters, limit: 500, cursor });
    pages.push(page.data.map((activity) => activity.id));
    cursor = page.additional_data.next_cursor ?? undefined;
  } while (cursor);
  return pages;
}

async function walkWhileWriting(filters) {
  let writing = true;
  const writer = (async () => {
    while (writing) {
      const { data } = await add({ subject: "In between" });
      await change(data.id, { subject: "Still in between" });
      await byKey.deleteActivity({ id: data.id });
    }
  })();
  const pages = await walk(filters);
  writing = false;
  await writer;
  return pages;
}

const created = await addMany("By the official client");
const pages = await walkWhileWriting({});
const full = await add({
  subject: "Every field",
  type: "meeting",
  deal_id: deal,
  due_date: "2026-12-01",
  due_time: "14:30",
  duration: "00:45",
  busy: true,
  location: { value: "Pikk 1, Tallinn" },
  participants: [{ person_id: person, primary: true }],
  attendees: [{ email: "guest@example.com", name: "Guest" }],
  public_description: "shared",
  priority: 265,
  note: "internal",
});
const { id } = full.data;

console.log(
  JSON.stringify({
    created,
    pages,
    full,
    got: await byKey.getActivity({ id, include_fields: "attendees" }),
    byBearer: await byBearer.getActivity({ id }),
    done: (await walk({ deal_id: deal, done: true })).flat(),
    undone: (await walk({ deal_id: deal, done: false })).flat(),
    byIds: (await byKey.getActivities({ ids: `${id},999999999` })).data.map((activity) => activity.id),
    byPerson: (await byKey.getActivities({ person_id: person, sort_by: "due_date", sort_direction: "desc" })).data.map(
      (activity) => activity.id,
    ),
    patched: await change(id, { subject: "Changed", done: true }),
    cleared: await change(id, { due_date: null, due_time: null, duration: null, deal_id: null, note: null, location: null, priority: null }),
    deleted: await byKey.deleteActivity({ id }),
    afterwards: await byKey.getActivity({ id }),
    refusals: {
      missing: await refusal(byKey.getActivity({ id: 999999999 })),
      deletedTwice: await refusal(byKey.deleteActivity({ id })),
      wrongType: await refusal(add({ deal_id: "five" })),
      tooMany: await refusal(byKey.getActivities({ limit: 501 })),
      stranger: await refusal(
        new v2.ActivitiesApi(new v2.Configuration({ apiKey: "dl_1_wrong", basePath })).getActivities({}),
      ),
    },
  }),
);
