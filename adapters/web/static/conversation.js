// The list of turns: keeps one view per turn, follows the end unless the reader scrolled away, reads answers out.

import { byId, el, icon } from "./dom.js";
import { markCurrent } from "./picture.js";
import { isOver } from "./state.js";
import { pendingTurn, TurnView } from "./turn.js";

const EXAMPLES = [
  "a cute dog near a river",
  "four pandas in the snow",
  "a big car in the city",
  "an owl at night",
];
const NEAR_END_PX = 120;

export class ConversationView {
  constructor(actions) {
    this.actions = actions;
    this.list = byId("turns");
    this.scroll = byId("scroll");
    this.toEnd = byId("to-end");
    this.views = new Map(); // turn id -> TurnView
    this.over = new Set(); // turns whose answer was read out, or was there from the start
    this.pendingNodes = [];
    this.follows = true;
    this.toEnd.append(icon("down"));
    this.scroll.addEventListener("scroll", () => this.scrolled(), { passive: true });
    this.toEnd.addEventListener("click", () => this.goToEnd());
    new ResizeObserver(() => this.follow()).observe(this.list);
  }

  /** Forgets everything: another conversation is opened. */
  clear() {
    this.views.clear();
    this.over.clear();
    this.pendingNodes = [];
    this.fresh = true;
    this.follows = true;
    this.list.replaceChildren();
  }

  render(state) {
    const { turns } = state.view;
    const isEmpty = state.loaded && !turns.length && !state.pending.size;
    const shown = this.list.querySelector(".welcome");
    if (!isEmpty) shown?.remove();
    else if (!shown) this.list.append(welcome(this.actions));
    for (const turn of turns) this.renderTurn(turn, state);
    this.renderPending(state);
    markCurrent(this.list, state.view.current_id);
    this.announce(turns, state);
    this.follow();
  }

  renderTurn(turn, state) {
    let view = this.views.get(turn.id);
    if (!view) {
      view = new TurnView(this.actions);
      this.views.set(turn.id, view);
      this.list.append(view.element);
    }
    view.update(turn, state.live.get(turn.id), state);
  }

  renderPending(state) {
    for (const node of this.pendingNodes) node.remove();
    this.pendingNodes = [...state.pending.values()].map((draft) => pendingTurn(draft, state, this.actions));
    this.list.append(...this.pendingNodes);
    if (state.pending.size > (this.lastPending ?? 0)) this.goToEnd();
    this.lastPending = state.pending.size;
  }

  announce(turns, state) {
    const ended = turns.filter((turn) => isOver(turn) && !this.over.has(turn.id));
    for (const turn of ended) this.over.add(turn.id);
    if (ended.length && !this.fresh)
      byId("announcer").textContent = ended.map((turn) => spoken(turn, state)).join(" ");
    if (state.loaded) this.fresh = false;
  }

  scrolled() {
    const { scrollHeight, scrollTop, clientHeight } = this.scroll;
    this.follows = scrollHeight - scrollTop - clientHeight < NEAR_END_PX;
    this.toEnd.hidden = this.follows;
  }

  follow() {
    if (this.follows && this.views.size) this.scroll.scrollTop = this.scroll.scrollHeight;
  }

  goToEnd() {
    this.follows = true;
    this.follow();
  }
}

function spoken(turn, state) {
  const words = turn.parts.map((part) => {
    if (!part.picture_ids) return part.text;
    const pictures = part.picture_ids
      .map((id) => state.picture(id))
      .filter((picture) => picture?.state === "ready");
    return pictures.map((picture) => `Picture ${picture.number}: ${picture.caption}.`).join(" ");
  });
  return [...words, turn.error].filter(Boolean).join(" ");
}

function welcome(actions) {
  const example = (text) =>
    el("button", { type: "button", class: "example", onclick: () => actions.send({ text }) }, text);
  return el(
    "section",
    { class: "welcome" },
    el("img", { src: "/static/easel.svg", alt: "", width: 72, height: 72 }),
    el("h2", {}, "What shall we paint?"),
    el("p", {}, "Say it in your own words. Then change it, vary it, go back to any picture: just talk."),
    el("div", { class: "examples" }, EXAMPLES.map(example)),
  );
}
