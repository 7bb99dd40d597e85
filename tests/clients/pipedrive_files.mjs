// Drives the files of the official client's v1 API, all calls that it has of them, and prints what it saw as JSON.
// Environment: DAYLINE_URL, DAYLINE_TOKEN, DAYLINE_ACTIVITY (an id).
import { v1 } from "pipedrive";

const { DAYLINE_URL: url, DAYLINE_TOKEN: token } = process.env;
const activity_id = Number(process.env.DAYLINE_ACTIVITY);

const files = new v1.FilesApi(new v1.Configuration({ apiKey: token, basePath: `${url}/v1` }));

const file = (text, name) => new File([text], name, { type: "text/plain" });
const link = (fields) =>
  files.linkFileToItem({
    item_type: "activity",
    item_id: activity_id,
    remote_id: "1aBcDeF_ghi-JKL",
    remote_location: "googledrive",
    ...fields,
  });

async function refusal(promise) {
  try {
    await promise;
  } catch (error) {
    return error?.response?.data ?? error;
  }
  return "not refused";
}

const first = await files.addFile({ file: file("Agenda: talk", "agenda.txt"), activity_id });
const second = await files.addFile({ file: file("Notes", "Übersicht 簡歴.txt"), activity_id });
const linked = await link({});
const { id } = first.data;
const bytes = await files.downloadFile({ id });

const listed = [];
let start = 0;
do {
  const page = await files.getFiles({ start, limit: 2, sort: "update_time DESC" });
  listed.push(...page.data.map((one) => one.id));
  start = page.additional_data.pagination.next_start;
} while (start);

console.log(
  JSON.stringify({
    first,
    second,
    linked,
    listed,
    downloaded: new TextDecoder().decode(bytes),
    got: await files.getFile({ id }),
    updated: await files.updateFile({ id, name: "plan.txt", description: "For Monday" }),
    deleted: await files.deleteFile({ id: second.data.id }),
    refusals: {
      gone: await refusal(files.getFile({ id: second.data.id })),
      nowhere: await refusal(files.addFile({ file: file("a", "a.txt"), activity_id: 999999 })),
      deal: await refusal(files.addFile({ file: file("a", "a.txt"), deal_id: 1 })),
      linkOnDeal: await refusal(link({ item_type: "deal" })),
      drive: await refusal(
        files.addFileAndLinkIt({
          file_type: "gdoc",
          title: "Plan",
          item_type: "deal",
          item_id: activity_id,
          remote_location: "googledrive",
        }),
      ),
    },
  }),
);
