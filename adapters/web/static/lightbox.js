// One picture as large as the window; arrows go through all pictures of the conversation.

import { pictureUrl } from "./api.js";
import { el, iconButton } from "./dom.js";

export class Lightbox {
  constructor({ details }) {
    this.image = el("img", { alt: "" });
    this.words = el("p", { class: "lightbox-words" });
    const head = el(
      "header",
      { class: "lightbox-head" },
      this.words,
      iconButton("details", "Details", () => {
        this.dialog.close();
        details(this.picture.id);
      }),
      iconButton("close", "Close", () => this.dialog.close()),
    );
    this.back = iconButton("previous", "Previous picture", () => this.step(-1), "lightbox-step");
    this.forth = iconButton("next", "Next picture", () => this.step(1), "lightbox-step");
    this.dialog = el("dialog", { class: "lightbox", "aria-label": "Picture" }, head, this.stage());
    this.dialog.addEventListener("keydown", (event) => {
      if (event.key === "ArrowLeft") this.step(-1);
      if (event.key === "ArrowRight") this.step(1);
    });
    document.body.append(this.dialog);
  }

  /** A click beside the picture closes. */
  stage() {
    const beside = (event) => event.target === event.currentTarget && this.dialog.close();
    return el("div", { class: "lightbox-stage", onclick: beside }, this.back, this.image, this.forth);
  }

  open(pictures, pictureId) {
    this.pictures = pictures.filter((picture) => picture.state === "ready");
    this.show(this.pictures.findIndex((picture) => picture.id === pictureId));
    this.dialog.showModal();
  }

  step(by) {
    this.show(Math.min(Math.max(this.index + by, 0), this.pictures.length - 1));
  }

  show(index) {
    this.index = index;
    this.image.src = pictureUrl(this.picture.id);
    this.image.alt = this.picture.caption;
    this.words.textContent = `Picture ${this.picture.number}: ${this.picture.caption}`;
    this.back.disabled = index === 0;
    this.forth.disabled = index === this.pictures.length - 1;
  }

  get picture() {
    return this.pictures[this.index];
  }
}
