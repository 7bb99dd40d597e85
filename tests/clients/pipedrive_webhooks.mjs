// Drives all of the official client's v1 WebhooksApi and prints what it saw as JSON.
// Environment: DAYLINE_URL, DAYLINE_TOKEN, DAYLINE_MEMBER, DAYLINE_ADMIN (her user id), DAYLINE_HOOK (where to send to).
import { v1, v2 } from "pipedrive";

const { DAYLINE_URL: url, DAYLINE_TOKEN: token, DAYLINE_MEMBER: member, DAYLINE_HOOK: hook } = process.env;

const webhooks = new v1.WebhooksApi(new v1.Configuration({ apiKey: token, basePath: `${url}/v1` }));
const byBearer = new v1.WebhooksApi(new v1.Configuration({ accessToken: token, basePath: `${url}/api/v1` }));
const asMember = new v1.WebhooksApi(new v1.Configuration({ apiKey: member, basePath: `${url}/v1` }));
const activities = new v2.ActivitiesApi(new v2.Configuration({ apiKey: token, basePath: `${url}/api/v2` }));

const wish = { subscription_url: hook, event_action: "create", event_object: "activity", name: "sync" };
const add = (api, fields) => api.addWebhook({ AddWebhookRequest: { ...wish, ...fields } });

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error?.response?.data ?? error;
  }
  return "not refused";
}

const added = await add(webhooks, { http_auth_user: "ann", http_auth_password: "pass" });
const old = await add(byBearer, { event_action: "*", event_object: "*", version: "1.0" });
const listed = await byBearer.getWebhooks();
const removed = await webhooks.deleteWebhook({ id: old.data.id });
const activity = await activities.addActivity({ AddActivityRequest: { subject: "By the client", type: "call" } });

console.log(
  JSON.stringify({
    added,
    old,
    listed,
    removed,
    activity,
    left: await webhooks.getWebhooks(),
    refusals: {
      gone: await refusal(webhooks.deleteWebhook({ id: old.data.id })),
      url: await refusal(add(webhooks, { subscription_url: "http://hooks.example/" })),
      other: await refusal(add(asMember, { user_id: Number(process.env.DAYLINE_ADMIN) })),
    },
  }),
);
