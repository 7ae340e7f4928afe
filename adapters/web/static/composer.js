// Where one writes: text, files, and the picture that is talked about. Nothing typed is ever lost.

import { pictureUrl } from "./api.js";
import { byId, el, icon, iconButton } from "./dom.js";

const LONG = 0.875; // of the longest message, from where on the characters are counted
const draftKey = (id) => `easel-draft-${id}`;

export class Composer {
  constructor({ send, notice }) {
    this.sendDraft = send;
    this.notice = notice;
    this.limitMb = Infinity; // both until the server says, with the list of conversations
    this.longest = Infinity; // characters
    this.files = [];
    this.about = null; // the picture that is talked about
    this.conversationId = "";
    this.build();
    this.listen();
  }

  build() {
    this.text = el("textarea", {
      id: "composer-text",
      rows: 1,
      placeholder: "Say what to paint or change",
      "aria-label": "Message",
    });
    this.chips = el("div", { class: "chips" });
    this.picker = el("input", {
      type: "file",
      accept: "image/*",
      multiple: true,
      class: "unseen",
      tabindex: -1,
      "aria-label": "Add pictures",
    });
    this.count = el("p", { class: "count", hidden: true });
    this.sendButton = el("button", { class: "send", "aria-label": "Send", title: "Send" }, icon("send"));
    this.form = el(
      "form",
      { class: "composer" },
      this.chips,
      el(
        "div",
        { class: "composer-row" },
        iconButton("attach", "Add pictures", () => this.picker.click()),
        this.picker,
        this.text,
        this.sendButton,
      ),
      this.count,
    );
    byId("composer").append(this.form);
  }

  listen() {
    this.form.addEventListener("submit", (event) => {
      event.preventDefault();
      this.submit();
    });
    this.text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && !event.shiftKey && !event.isComposing) {
        event.preventDefault();
        this.submit();
      }
      if (event.key === "Escape" && this.about) this.setAbout(null);
    });
    this.text.addEventListener("input", () => this.typed());
    this.text.addEventListener("paste", (event) => this.addFiles(event.clipboardData.files, event));
    this.picker.addEventListener("change", () => {
      this.addFiles(this.picker.files);
      this.picker.value = "";
    });
    addEventListener("resize", () => this.resize());
    this.listenToDrops();
  }

  listenToDrops() {
    const sheet = byId("drop");
    const carriesFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");
    addEventListener("dragover", (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      sheet.hidden = false;
    });
    addEventListener("dragleave", (event) => {
      if (!event.relatedTarget) sheet.hidden = true;
    });
    addEventListener("drop", (event) => {
      sheet.hidden = true;
      if (carriesFiles(event)) this.addFiles(event.dataTransfer.files, event);
    });
  }

  /** Another conversation: its draft is back. */
  open(conversationId) {
    this.conversationId = conversationId;
    this.files = [];
    this.about = null;
    this.setText(localStorage.getItem(draftKey(conversationId)) ?? "");
    this.renderChips();
  }

  focus() {
    this.text.focus();
  }

  setAbout(picture) {
    this.about = picture;
    this.renderChips();
    this.focus();
  }

  /** Puts back what the server did not take, before whatever was typed since. */
  restore(draft, picture) {
    if (draft.kind !== "message") return;
    this.setText([draft.text, this.text.value].filter(Boolean).join("\n"));
    this.files = [...draft.files, ...this.files];
    this.about = this.about ?? picture;
    this.renderChips();
    this.focus();
  }

  addFiles(list, event = null) {
    const files = [...list].filter((file) => file.type.startsWith("image/"));
    if (event && list.length) event.preventDefault();
    if (files.length < list.length) this.notice("Only pictures can be added.");
    const total = [...this.files, ...files].reduce((sum, file) => sum + file.size, 0);
    if (total > this.limitMb * 2 ** 20)
      return this.notice(`The files are larger than ${this.limitMb} MB together.`);
    this.files.push(...files);
    this.renderChips();
    if (files.length) this.focus();
  }

  /** The stored draft goes only when the server has the message. */
  async submit() {
    const text = this.text.value.trim();
    if (!text && !this.files.length) return this.focus();
    const draft = { text, files: this.files, replyTo: this.about?.id ?? null };
    this.files = [];
    this.about = null;
    this.text.value = "";
    this.resize();
    this.renderChips();
    if (await this.sendDraft(draft)) this.store();
  }

  setText(text) {
    this.text.value = text;
    this.typed();
  }

  typed() {
    this.resize();
    this.store();
  }

  store() {
    const { value } = this.text;
    if (value) localStorage.setItem(draftKey(this.conversationId), value);
    else localStorage.removeItem(draftKey(this.conversationId));
  }

  resize() {
    const { value } = this.text;
    this.text.style.height = "auto";
    this.text.style.height = `${Math.min(this.text.scrollHeight, 220)}px`;
    this.count.hidden = value.length < LONG * this.longest;
    this.count.textContent = `${value.length} of ${this.longest}`;
    this.count.classList.toggle("over", value.length > this.longest);
  }

  renderChips() {
    const about =
      this.about &&
      chip(pictureUrl(this.about.id), `About picture ${this.about.number}`, () => this.setAbout(null));
    const files = this.files.map((file) => {
      const url = URL.createObjectURL(file);
      const remove = () => {
        this.files = this.files.filter((kept) => kept !== file);
        this.renderChips();
        this.focus();
      };
      return chip(url, file.name || "Pasted picture", remove, () => URL.revokeObjectURL(url));
    });
    this.chips.replaceChildren(...[about, ...files].filter(Boolean));
  }
}

function chip(source, words, remove, loaded = () => {}) {
  return el(
    "span",
    { class: "chip" },
    el("img", { src: source, alt: "", onload: loaded, onerror: loaded }),
    el("span", { class: "chip-words" }, words),
    iconButton("close", `Remove: ${words}`, remove, "small"),
  );
}
