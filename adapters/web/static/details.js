// The drawer with everything that determines a picture.

import { pictureUrl, pngUrl, recipeUrl } from "./api.js";
import { wordDiff } from "./diff.js";
import { el, icon, iconButton } from "./dom.js";
import { plainName, seconds, VERBS } from "./words.js";

/** Recipe fields in the order and with the names people know; others follow under their own name. */
const FIELDS = {
  model: "Model",
  seed: "Seed",
  steps: "Steps",
  guidance: "Guidance scale",
  scheduler: "Scheduler",
  technique: "Technique",
  strength: "Strength",
  region: "Only",
  negative: "Without",
};
const SHOWN_ELSEWHERE = ["prompt", "width", "height", "source", "mask", "others"];
const isSet = (value) => value !== null && value !== undefined && value !== "";

export class Details {
  constructor({ reveal }) {
    this.reveal = reveal;
    this.body = el("div", { class: "details-body" });
    this.title = el("h2", { id: "details-title" });
    this.dialog = el(
      "dialog",
      {
        class: "drawer",
        "aria-labelledby": "details-title",
        onclick: (event) => event.target === this.dialog && this.dialog.close(),
      },
      el(
        "header",
        { class: "panel-head" },
        this.title,
        iconButton("close", "Close details", () => this.dialog.close()),
      ),
      this.body,
    );
    document.body.append(this.dialog);
  }

  open(picture, parent) {
    this.title.textContent = `Picture ${picture.number}`;
    this.body.replaceChildren(
      ...[
        el("img", { class: "details-picture", src: pictureUrl(picture.id), alt: picture.caption }),
        this.downloads(picture),
        ...prompt(picture, parent),
        el(
          "dl",
          {},
          facts(picture).map(([name, value]) => [el("dt", {}, name), el("dd", {}, String(value))]),
          parent && [el("dt", {}, "Parent"), el("dd", {}, this.parentLink(picture, parent))],
        ),
      ].filter(Boolean),
    );
    this.dialog.showModal();
  }

  parentLink(picture, parent) {
    const show = () => {
      this.dialog.close();
      this.reveal(parent.id);
    };
    return el(
      "button",
      { type: "button", class: "link", onclick: show },
      `Picture ${parent.number} (${VERBS[picture.verb]?.label ?? picture.verb})`,
    );
  }

  downloads(picture) {
    const link = (href, words) =>
      el("a", { class: "button small", href, download: "" }, icon("download"), words);
    return el(
      "div",
      { class: "downloads" },
      link(pngUrl(picture.id), "PNG"),
      picture.recipe && link(recipeUrl(picture.id), "Recipe"),
    );
  }
}

function prompt(picture, parent) {
  if (!picture.recipe) return [el("p", {}, "This picture was uploaded; it has no recipe.")];
  const text = picture.recipe.prompt;
  const nodes = [el("h3", {}, "Exact prompt", copyButton(text)), el("p", { class: "prompt" }, text)];
  const before = parent?.recipe?.prompt;
  if (before && before !== text)
    nodes.push(el("h3", {}, `Compared with picture ${parent.number}`), diff(before, text));
  return nodes;
}

function diff(before, after) {
  const tags = { same: "span", added: "ins", removed: "del" };
  return el(
    "p",
    { class: "prompt" },
    wordDiff(before, after).flatMap(({ kind, text }) => [el(tags[kind], {}, text), " "]),
  );
}

function copyButton(text) {
  if (!navigator.clipboard) return null; // only on https and localhost
  const button = iconButton(
    "copy",
    "Copy the prompt",
    async () => {
      await navigator.clipboard.writeText(text);
      button.replaceChildren(icon("select"));
    },
    "small",
  );
  return button;
}

function facts(picture) {
  const recipe = picture.recipe ?? {};
  const rows = Object.entries(FIELDS).map(([key, name]) => [name, recipe[key]]);
  for (const [key, value] of Object.entries(recipe)) {
    if (key in FIELDS || SHOWN_ELSEWHERE.includes(key)) continue;
    rows.push([plainName(key), typeof value === "object" && value ? JSON.stringify(value) : value]);
  }
  rows.push(["Size", `${picture.width} x ${picture.height}`]);
  if (picture.seconds) rows.push(["Painted in", seconds(picture.seconds)]);
  rows.push([picture.recipe ? "Painted" : "Uploaded", new Date(picture.created_at * 1000).toLocaleString()]);
  return rows
    .filter(([, value]) => isSet(value))
    .map(([name, value]) => [name, name === "Technique" ? plainName(value) : value]);
}
