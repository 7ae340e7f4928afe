// One message and its answer. The finished parts are built once; what is live is updated in place below them.

import { el, icon } from "./dom.js";
import { markdown } from "./markdown.js";
import { pictureGrid } from "./picture.js";
import { ProgressCard, sketch, thinking } from "./progress.js";
import { isOver } from "./state.js";
import { pressWords, VERBS } from "./words.js";

export class TurnView {
  constructor(actions) {
    this.actions = actions;
    this.cards = new Map(); // job id -> ProgressCard
    this.said = el("div", { class: "said" });
    this.answer = el("div", { class: "answer-parts" });
    this.live = el("div", { class: "live" });
    this.dots = thinking();
    this.element = el(
      "article",
      { class: "turn" },
      this.said,
      el(
        "div",
        { class: "answer" },
        el("span", { class: "mark", "aria-hidden": "true" }),
        el("div", { class: "answer-body" }, this.answer, this.live),
      ),
    );
    this.signature = "";
  }

  /** `live`: { text, jobs } of a turn that is not over, or undefined. */
  update(turn, live, state) {
    const pictures = idsOf(turn)
      .map((id) => state.picture(id))
      .filter(Boolean);
    const signature = JSON.stringify([turn, pictures.map(({ id, state: painted }) => [id, painted])]);
    if (signature !== this.signature) {
      this.signature = signature;
      this.element.dataset.turn = turn.id;
      this.element.dataset.state = turn.state;
      this.said.replaceChildren(...said(turn, state, this.actions));
      this.answer.replaceChildren(...answer(turn, state, this.actions));
    }
    this.updateLive(turn, live, state);
  }

  updateLive(turn, live, state) {
    if (isOver(turn)) {
      this.cards.clear();
      this.live.replaceChildren();
      return;
    }
    for (const jobId of openJobs(turn, live, state)) {
      if (!this.cards.has(jobId)) this.cards.set(jobId, new ProgressCard(jobId, this.actions.cancel));
      this.cards.get(jobId).update(live?.jobs.get(jobId));
    }
    this.sketchParts(turn, live);
    const text = turn.parts.length ? "" : (live?.text ?? "");
    const cards = [...this.cards.values()].map((card) => card.element);
    const streamed = text ? [el("div", { class: "text streaming" }, markdown(text))] : [];
    const signs = cards.length || streamed.length ? cards : [this.dots];
    place(this.live, [...streamed, ...signs]);
  }

  sketchParts(turn, live) {
    for (const part of turn.parts) {
      const preview = live?.jobs.get(part.job_id)?.preview;
      const place = (id) => this.answer.querySelector(`.planned[data-picture="${CSS.escape(id)}"]`);
      if (preview) sketch(part.picture_ids.map(place), preview);
    }
  }
}

/** Puts nodes into a parent without moving those that stay: a moved button would lose its click. */
function place(parent, nodes) {
  for (const child of [...parent.childNodes]) if (!nodes.includes(child)) child.remove();
  nodes.forEach((node, index) => {
    if (parent.childNodes[index] !== node) parent.insertBefore(node, parent.childNodes[index] ?? null);
  });
}

const idsOf = (turn) => [...turn.upload_ids, ...turn.parts.flatMap((part) => part.picture_ids ?? [])];

function openJobs(turn, live, state) {
  const jobs = new Set(live?.jobs.keys() ?? []);
  for (const part of turn.parts) {
    if (!part.job_id) continue;
    const waits = part.picture_ids.some((id) => (state.picture(id)?.state ?? "planned") === "planned");
    if (waits) jobs.add(part.job_id);
    else jobs.delete(part.job_id);
  }
  return jobs;
}

function said(turn, state, actions) {
  const nodes = [];
  const uploads = turn.upload_ids.map((id) => state.picture(id)).filter(Boolean);
  if (turn.reply_to) nodes.push(about(state.picture(turn.reply_to), actions));
  if (uploads.length) nodes.push(el("div", { class: "uploads" }, pictureGrid(uploads, actions)));
  if (turn.press) nodes.push(pressPill(turn.press, state));
  if (turn.text) nodes.push(el("p", { class: "bubble" }, turn.text));
  return nodes.filter(Boolean);
}

const pill = (name, words) => el("p", { class: "pressed" }, icon(name), words);

function pressPill(press, state) {
  const words = pressWords(press, state.picture(press.picture_id)?.number);
  return pill(press.verb in VERBS ? press.verb : "details", words);
}

const about = (picture, actions) =>
  picture &&
  el(
    "button",
    { type: "button", class: "about", onclick: () => actions.reveal(picture.id) },
    icon("reply"),
    `Picture ${picture.number}`,
  );

function answer(turn, state, actions) {
  const nodes = turn.parts.map((part) =>
    part.picture_ids
      ? pictureGrid(part.picture_ids.map((id) => state.picture(id)).filter(Boolean), actions)
      : el("div", { class: "text" }, markdown(part.text)),
  );
  if (turn.state === "failed" || turn.state === "cancelled") nodes.push(ending(turn, actions));
  else if (turn.error) nodes.push(el("p", { class: "note" }, turn.error));
  return nodes;
}

function ending(turn, actions) {
  const sentence = turn.error || (turn.state === "cancelled" ? "Stopped." : "This did not work.");
  const retry = againButton("Retry", () => actions.retry(turn));
  return el("div", { class: `ending ${turn.state}` }, icon("alert"), el("span", {}, sentence), retry);
}

const againButton = (words, onclick) =>
  el("button", { type: "button", class: "button small", onclick }, icon("again"), words);

/** A message that is still on its way to the server. */
export function pendingTurn(draft, state, actions) {
  const nodes = [];
  if (draft.files?.length) nodes.push(pill("attach", draft.files.map((file) => file.name).join(", ")));
  if (draft.press) nodes.push(pressPill(draft.press, state));
  if (draft.text) nodes.push(el("p", { class: "bubble" }, draft.text));
  if (draft.state === "unsent")
    nodes.push(el("p", { class: "unsent" }, "Not sent yet.", againButton("Send again", actions.resend)));
  return el("article", { class: "turn pending" }, el("div", { class: "said" }, nodes));
}
