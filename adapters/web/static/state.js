// One open conversation: what the server knows (`view`), what is on its way there (`pending`), and what is going on
// (`live`, by turn). Knows no element of the page.

import { cancelJob, newToken, readView, sendMessage, sendPress } from "./api.js";
import { listen } from "./events.js";

export const isOver = (turn) => ["done", "failed", "cancelled"].includes(turn.state);

export class ConversationState {
  /** `changed()` after every change, `refused(refusal, draft)` when the server says no to a message. */
  constructor(id, { changed, refused, connected }) {
    this.id = id;
    this.view = { id, title: "", current_id: null, turns: [], pictures: [] };
    this.loaded = false;
    this.pending = new Map(); // event id -> what was sent and is not in the view yet
    this.live = new Map(); // turn id -> { text, jobs: Map(job id -> progress) }
    this.pictures = new Map(); // also those of turns that a longer talk has pushed out of the view
    this.reading = null;
    this.stale = false;
    this.changed = changed;
    this.refused = refused;
    this.line = listen(id, {
      onNote: (note) => this.take(note),
      onStatus: connected,
      onOpen: () => {
        this.refresh();
        this.resend();
      },
    });
  }

  close() {
    this.line.close();
    this.changed = this.refused = () => {};
  }

  picture(id) {
    return this.pictures.get(id) ?? null;
  }

  /** Every picture seen since the page was opened, in the order of their numbers. */
  allPictures() {
    return [...this.pictures.values()].sort((one, other) => one.number - other.number);
  }

  /** Reads the view again; calls during a reading lead to one more reading. */
  async refresh() {
    if (this.reading) {
      this.stale = true;
      return this.reading;
    }
    this.reading = this.read();
    await this.reading;
    this.reading = null;
    if (this.stale) {
      this.stale = false;
      await this.refresh();
    }
  }

  async read() {
    try {
      this.view = await readView(this.id);
    } catch (refusal) {
      if (refusal.status) this.refused(refusal, null);
      return;
    }
    this.loaded = true;
    for (const picture of this.view.pictures) this.pictures.set(picture.id, picture);
    for (const turn of this.view.turns) {
      this.pending.delete(turn.event_id);
      if (isOver(turn)) this.live.delete(turn.id);
    }
    this.changed();
  }

  take(note) {
    if (note.type === "progress") this.takeProgress(note);
    else if (note.type === "answer") this.refresh();
    else if (this.view.turns.some((turn) => !isOver(turn))) this.refresh(); // a beat: look after what is unfinished
  }

  takeProgress(progress) {
    const turn = this.view.turns.find((known) => known.id === progress.turn_id);
    if (turn && isOver(turn)) return;
    const live = this.live.get(progress.turn_id) ?? { text: "", jobs: new Map() };
    this.live.set(progress.turn_id, live);
    if (progress.stage === "writing") live.text += progress.text;
    const isNewJob = progress.job_id && !live.jobs.has(progress.job_id);
    if (progress.job_id) {
      const before = live.jobs.get(progress.job_id);
      live.jobs.set(progress.job_id, { ...progress, preview: progress.preview ?? before?.preview });
    }
    if (!turn || isNewJob) this.refresh();
    this.changed();
  }

  send({ text, files = [], replyTo = null }) {
    return this.post({
      kind: "message",
      event_id: newToken(),
      text,
      files,
      reply_to: replyTo,
      state: "sending",
    });
  }

  press(verb, pictureId, text = "") {
    const press = { verb, picture_id: pictureId, text };
    return this.post({ kind: "press", event_id: newToken(), press, text: "", state: "sending" });
  }

  /** The same words, or the same button, once more. */
  retry(turn) {
    if (turn.press) return this.press(turn.press.verb, turn.press.picture_id, turn.press.text);
    return this.send({ text: turn.text, replyTo: turn.reply_to ?? turn.upload_ids[0] ?? null });
  }

  /** Sends what did not get through; its event id is the same, so it cannot be answered twice. */
  resend() {
    for (const draft of this.pending.values()) if (draft.state === "unsent") this.post(draft);
  }

  /** True once the server has it. */
  async post(draft) {
    draft.state = "sending";
    this.pending.set(draft.event_id, draft);
    this.changed();
    try {
      if (draft.kind === "press") await sendPress(this.id, { event_id: draft.event_id, ...draft.press });
      else await sendMessage(this.id, draft);
      draft.state = "sent";
    } catch (refusal) {
      this.failed(draft, refusal);
      return false;
    }
    await this.refresh();
    return true;
  }

  failed(draft, refusal) {
    if (refusal.status === 0) {
      draft.state = "unsent";
    } else {
      this.pending.delete(draft.event_id);
      this.refused(refusal, draft);
    }
    this.changed();
  }

  async cancel(jobId) {
    try {
      await cancelJob(jobId);
    } catch (refusal) {
      this.refused(refusal, null);
    }
  }
}
