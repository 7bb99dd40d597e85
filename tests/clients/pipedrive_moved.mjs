// Prints as JSON when an activity is, as the official client's v2 ActivitiesApi sees it.
// Environment: DAYLINE_URL, DAYLINE_TOKEN, DAYLINE_ACTIVITY.
import { v2 } from "pipedrive";

const { DAYLINE_URL: url, DAYLINE_TOKEN: apiKey, DAYLINE_ACTIVITY: id } = process.env;
const activities = new v2.ActivitiesApi(new v2.Configuration({ apiKey, basePath: `${url}/api/v2` }));
const { data } = await activities.getActivity({ id: Number(id) });
const { due_date, due_time, duration } = data;
console.log(JSON.stringify({ due_date, due_time, duration }));
