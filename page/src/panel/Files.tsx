/** The files and links of an activity: drop some, see them arrive, download them, choose the main one. */
import { useSignal } from "@preact/signals";
import { useId, useRef } from "preact/hooks";
import { api, explain } from "../api";
import { put, typed } from "../bind";
import { Button, IconButton } from "../components/Button";
import { Field } from "../components/Field";
import { Loaded, useAsked } from "../components/Loaded";
import { toastFailure } from "../components/Toast";
import type { Attachment } from "../model";
import { zone } from "../state";
import { size } from "../words";
import { formatMoment } from "../zone";
import type { Opened } from "./opened";
import { isWebAddress } from "./Place";
import { sendFile } from "./upload";

interface Sending {
  key: number;
  name: string;
  part: number;
  failed?: string;
  stop: () => void;
}

let lastKey = 0;

export function Files({ opened }: { opened: Opened }) {
  const sending = useSignal<Sending[]>([]);
  const revision = opened.activity.value?.revision;
  const asked = useAsked(
    () => api.get<{ data: Attachment[] }>(`/activities/${opened.id}/attachments`),
    [opened, revision],
  );
  const done = async () => {
    await Promise.all([asked.again(), opened.look()]);
  };
  const write = (change: Promise<unknown>) => change.then(done, toastFailure);
  const send = (chosen: Iterable<File>) => {
    for (const file of chosen) upload(opened.id, file, sending).then((arrived) => (arrived ? done() : undefined));
  };
  const path = (file: Attachment) => `/activities/${opened.id}/attachments/${file.id}`;
  return (
    <section class="part" aria-label="Files">
      <DropZone onFiles={send} />
      <Loaded asked={asked} text="Loading the files …">
        {({ data: files }) => (
          <>
            <ul class="rows" aria-label="Files and links">
              {sending.value.map((one) => (
                <Arriving key={one.key} one={one} />
              ))}
              {files.map((file) => (
                <FileRow
                  key={file.id}
                  file={file}
                  onChange={(change) => write(api.send("PATCH", path(file), change))}
                  onRemove={() => write(api.send("DELETE", path(file)))}
                />
              ))}
            </ul>
            {files.length === 0 && sending.value.length === 0 && <p class="soft">Nothing is attached yet.</p>}
          </>
        )}
      </Loaded>
      <LinkField onLink={(url) => write(api.send("POST", `/activities/${opened.id}/attachments`, { url }))} />
    </section>
  );
}

/** True once the file has arrived; what goes wrong is told in its row. */
async function upload(activity: number, file: File, sending: { value: Sending[] }): Promise<boolean> {
  lastKey += 1;
  const key = lastKey;
  const abort = new AbortController();
  const gone = () => {
    sending.value = sending.value.filter((one) => one.key !== key);
  };
  const tell = (change: Partial<Sending>) => {
    sending.value = sending.value.map((one) => (one.key === key ? { ...one, ...change } : one));
  };
  const stop = () => {
    abort.abort();
    gone();
  };
  sending.value = [...sending.value, { key, name: file.name, part: 0, stop }];
  try {
    await sendFile(activity, file, (part) => tell({ part }), abort.signal);
    gone();
    return true;
  } catch (failure) {
    tell({ failed: explain(failure) });
    return false;
  }
}

function DropZone({ onFiles }: { onFiles: (files: Iterable<File>) => void }) {
  const over = useSignal(false);
  const input = useRef<HTMLInputElement>(null);
  const take = (event: DragEvent) => {
    event.preventDefault();
    over.value = false;
    onFiles(event.dataTransfer?.files ?? []);
  };
  return (
    // biome-ignore lint/a11y/noStaticElementInteractions: the button inside is there for those who do not drag
    <div
      class={over.value ? "drop over" : "drop"}
      onDragOver={(event) => {
        event.preventDefault();
        over.value = true;
      }}
      onDragLeave={put(over, false)}
      onDrop={take}
    >
      <p>Drop files here, or</p>
      <Button icon="add" onClick={() => input.current?.click()}>
        Choose files
      </Button>
      <input
        ref={input}
        class="unseen"
        type="file"
        multiple
        tabIndex={-1}
        aria-label="Files to attach"
        onChange={(event) => {
          onFiles([...(event.currentTarget.files ?? [])]);
          event.currentTarget.value = "";
        }}
      />
    </div>
  );
}

function Arriving({ one }: { one: Sending }) {
  return (
    <li class="row">
      <span class="row-name">{one.name}</span>
      {one.failed ? (
        <span class="field-error" role="alert">
          {one.failed}
        </span>
      ) : (
        <progress max={1} value={one.part} aria-label={`${one.name} is being sent`} />
      )}
      <IconButton
        icon="close"
        label={one.failed ? `Dismiss ${one.name}` : `Stop sending ${one.name}`}
        onClick={one.stop}
      />
    </li>
  );
}

interface FileRowProps {
  file: Attachment;
  onChange: (change: { main?: boolean; name?: string; description?: string | null }) => void;
  onRemove: () => void;
}

function FileRow({ file, onChange, onRemove }: FileRowProps) {
  const editing = useSignal(false);
  const facts = [
    file.kind === "link" ? "link" : size(file.size ?? 0),
    file.media_type,
    formatMoment(file.created_at, zone.value),
  ];
  return (
    <li class="row file">
      <span class="row-name">
        <Named file={file} />
        <small class="below">{facts.filter(Boolean).join(" · ")}</small>
        {file.description && <small class="below">{file.description}</small>}
      </span>
      <label class="check">
        <input
          type="checkbox"
          checked={file.main}
          onChange={(event) => onChange({ main: event.currentTarget.checked })}
        />
        Main
      </label>
      <Button
        look="quiet"
        aria-label={`Describe ${file.name}`}
        aria-expanded={editing.value}
        onClick={() => {
          editing.value = !editing.value;
        }}
      >
        Describe
      </Button>
      <IconButton icon="trash" label={`Remove ${file.name} for good`} onClick={onRemove} />
      {editing.value && (
        <FileForm
          file={file}
          onSave={(change) => {
            editing.value = false;
            onChange(change);
          }}
        />
      )}
    </li>
  );
}

/** A file is downloaded, a link opens elsewhere; what is no web address is only text. */
function Named({ file }: { file: Attachment }) {
  if (!isWebAddress(file.link)) return <span>{file.name}</span>;
  if (file.kind === "file") {
    return (
      <a href={file.link} download={file.name}>
        {file.name}
      </a>
    );
  }
  return (
    <a href={file.link} target="_blank" rel="noopener noreferrer">
      {file.name}
    </a>
  );
}

interface FileFormProps {
  file: Attachment;
  onSave: (change: { name: string; description: string | null }) => void;
}

function FileForm({ file, onSave }: FileFormProps) {
  const name = useSignal(file.name);
  const description = useSignal(file.description ?? "");
  return (
    <form
      class="file-form"
      onSubmit={(event) => {
        event.preventDefault();
        onSave({ name: name.value, description: description.value || null });
      }}
    >
      <Field label="Name">
        {(wiring) => (
          <input {...wiring} class="input" required maxLength={255} value={name.value} onInput={typed(name)} />
        )}
      </Field>
      <Field label="What it is">
        {(wiring) => (
          <input {...wiring} class="input" maxLength={1000} value={description.value} onInput={typed(description)} />
        )}
      </Field>
      <Button type="submit" look="primary">
        Save
      </Button>
    </form>
  );
}

function LinkField({ onLink }: { onLink: (url: string) => void }) {
  const url = useSignal("");
  const id = useId();
  return (
    <form
      class="line-form"
      onSubmit={(event) => {
        event.preventDefault();
        onLink(url.value.trim());
        url.value = "";
      }}
    >
      <label class="unseen" for={id}>
        Link to attach
      </label>
      <input
        id={id}
        class="input"
        type="url"
        required
        maxLength={2000}
        placeholder="https:// a link instead"
        value={url.value}
        onInput={typed(url)}
      />
      <Button type="submit">Attach the link</Button>
    </form>
  );
}
