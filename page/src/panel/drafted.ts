/** An activity that is being written and does not exist yet. */
import { computed } from "@preact/signals";
import { api, onceKey, session } from "../api";
import type { Activity, ActivityPatch } from "../model";
import { types } from "../state";
import { Opened } from "./opened";

export class Drafted extends Opened {
  readonly #key = onceKey(); // sent again after a failure, it makes no second one
  #start = "";
  /** Whether anything was written besides what it began with. */
  override readonly dirty = computed(() => JSON.stringify(this.edits.value) !== this.#start);

  constructor(change: ActivityPatch) {
    super(0);
    this.activity.value = blank();
    this.change(change);
    this.#start = JSON.stringify(this.edits.peek());
  }

  override async write(change: ActivityPatch): Promise<void> {
    this.change(change);
  }

  override async load(): Promise<void> {}

  override async look(): Promise<void> {}

  /** Write it. The activity once it exists; null where it was refused, which `problem` then tells. */
  async create(): Promise<Activity | null> {
    if (this.saving.peek()) return null;
    this.saving.value = true;
    this.problem.value = null;
    try {
      const body = { type: this.value("type"), ...this.edits.peek() };
      return await api.send<Activity>("POST", "/activities", body, { idempotencyKey: this.#key });
    } catch (failure) {
      this.problem.value = failure;
      return null;
    } finally {
      this.saving.value = false;
    }
  }
}

/** What the server would make of an empty one. */
function blank(): Activity {
  const me = session.peek()?.user.id ?? 0;
  const type = types.peek().find((one) => one.active);
  return {
    id: 0,
    uuid: "",
    type: type?.key ?? "call",
    type_id: type?.id ?? 0,
    subject: "",
    description: null,
    note: null,
    date: null,
    time: null,
    duration: null,
    zone: null,
    all_day: false,
    starts_at: null,
    ends_at: null,
    busy: null,
    done: false,
    done_at: null,
    priority: null,
    outcome: null,
    visibility: "public",
    location: null,
    conference: null,
    invite: true,
    owner_id: me,
    creator_id: me,
    editor_id: me,
    collaborators: [],
    main: null,
    main_chosen: false,
    main_kind: null,
    related: [],
    participants: [],
    attendees: [],
    attachments: [],
    extras: {},
    revision: 0,
    created_at: "",
    updated_at: "",
    deleted_at: null,
  };
}
