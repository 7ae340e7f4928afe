// The card of a running job: where it stands, Cancel. It is updated in place, so that a click is never lost.

import { el, icon } from "./dom.js";
import { progressWords } from "./words.js";

export class ProgressCard {
  constructor(jobId, cancel) {
    this.words = el("span", { class: "progress-words" }, "Painting");
    this.bar = el("progress", { "aria-label": "Steps painted" });
    this.button = el(
      "button",
      { type: "button", class: "button small", onclick: () => this.stop(jobId, cancel) },
      icon("close"),
      "Cancel",
    );
    this.element = el(
      "div",
      { class: "progress-card", "data-job": jobId },
      el("div", { class: "progress-middle" }, this.words, this.bar),
      this.button,
    );
  }

  update(progress) {
    if (!progress) return;
    if (!this.button.disabled) this.words.textContent = progressWords(progress);
    if (progress.stage === "painting" && progress.steps) {
      this.bar.max = progress.steps;
      this.bar.value = progress.step;
    }
  }

  stop(jobId, cancel) {
    this.button.disabled = true;
    this.words.textContent = "Stopping";
    cancel(jobId);
  }
}

/** Shows each waiting picture its share of a preview, which is a grid of the job's pictures, as square as may be. */
export function sketch(places, preview) {
  const columns = Math.ceil(Math.sqrt(places.length));
  const rows = Math.ceil(places.length / columns);
  places.forEach((place, index) => {
    if (!place) return;
    const x = columns > 1 ? (100 * (index % columns)) / (columns - 1) : 0;
    const y = rows > 1 ? (100 * Math.floor(index / columns)) / (rows - 1) : 0;
    place.classList.add("sketched");
    place.style.backgroundImage = `url("${preview}")`;
    place.style.backgroundSize = `${100 * columns}% ${100 * rows}%`;
    place.style.backgroundPosition = `${x}% ${y}%`;
  });
}

/** Three dots while the answer is being thought of. */
export const thinking = () =>
  el("div", { class: "thinking", role: "status", "aria-label": "Thinking" }, el("i"), el("i"), el("i"));
