/** Sends a file to an activity and says how far it is. It must never read more of the file than the browser does. */
import { api, csrf, outdated, Problem, refusal } from "../api";
import type { Attachment } from "../model";

/** The part that has arrived, from 0 to 1. */
export type Progress = (part: number) => void;

/** Raises Problem. */
export async function sendFile(
  activity: number,
  file: File,
  progress: Progress,
  abort: AbortSignal,
): Promise<Attachment> {
  const sent = csrf();
  try {
    return await sendOnce(activity, file, progress, abort);
  } catch (failure) {
    if (!(failure instanceof Problem) || !(await outdated(failure.status, sent))) throw failure;
    return await sendOnce(activity, file, progress, abort);
  }
}

/** `fetch` does not tell how much has been sent, so this is the older way. */
function sendOnce(activity: number, file: File, progress: Progress, abort: AbortSignal): Promise<Attachment> {
  const form = new FormData();
  form.append("file", file);
  const sending = new XMLHttpRequest();
  sending.open("POST", api.href(`/activities/${activity}/attachments`));
  sending.setRequestHeader("X-CSRF-Token", csrf());
  sending.setRequestHeader("Accept", "application/json");
  sending.upload.onprogress = ({ loaded, total }) => progress(total ? loaded / total : 0);
  abort.addEventListener("abort", () => sending.abort());
  return new Promise((resolve, reject) => {
    sending.onload = () => {
      if (sending.status === 201) resolve(JSON.parse(sending.responseText));
      else reject(refusal(sending.status, sending.responseText, sending.getResponseHeader("Retry-After")));
    };
    sending.onerror = () => reject(new Problem(0, "No answer", ""));
    sending.onabort = () => reject(new DOMException("The upload was stopped.", "AbortError"));
    sending.send(form);
  });
}
