// One numbered picture with its buttons, and the grid of a batch.

import { pictureUrl } from "./api.js";
import { el, icon, iconButton } from "./dom.js";
import { VERBS } from "./words.js";

/** Columns by count, so that "top left" and "the third" mean what one sees. */
const COLUMNS = { 1: 1, 2: 2, 3: 3, 4: 2, 5: 3, 6: 3, 7: 4, 8: 4 };

/** Pictures in the order of their numbers; those not painted yet keep their place. */
export function pictureGrid(pictures, actions) {
  const columns = COLUMNS[pictures.length] ?? 4;
  return el(
    "div",
    { class: `grid columns-${columns}` },
    pictures.map((picture) => card(picture, actions)),
  );
}

function card(picture, actions) {
  return picture.state === "ready" ? readyCard(picture, actions) : placeholder(picture);
}

function placeholder(picture) {
  const words = { planned: "being painted", failed: "not painted", cancelled: "stopped" }[picture.state];
  const node = el(
    "div",
    {
      class: `picture placeholder ${picture.state}`,
      role: "img",
      "aria-label": `Picture ${picture.number}: ${words}`,
      "data-picture": picture.id,
    },
    badge(picture),
    picture.state === "planned" ? null : el("span", { class: "placeholder-words" }, words),
  );
  if (picture.state === "planned" && picture.recipe)
    node.style.aspectRatio = `${picture.recipe.width} / ${picture.recipe.height}`;
  return node;
}

const badge = (picture) => el("span", { class: "badge", "aria-hidden": "true" }, String(picture.number));

function readyCard(picture, actions) {
  const form = editForm(picture, actions);
  return el(
    "figure",
    { class: "picture", "data-picture": picture.id, tabindex: "-1" },
    el(
      "div",
      { class: "frame" },
      el(
        "button",
        { type: "button", class: "open", title: "Open large", onclick: () => actions.open(picture.id) },
        el("img", {
          src: pictureUrl(picture.id),
          alt: picture.caption || `Picture ${picture.number}`,
          width: picture.width,
          height: picture.height,
          decoding: "async",
        }),
      ),
      badge(picture),
      el("span", { class: "current-mark" }, icon("select"), "Current"),
      iconButton("reply", `Talk about picture ${picture.number}`, () => actions.reply(picture.id), "reply"),
    ),
    el(
      "div",
      { class: "verbs", role: "group", "aria-label": `What to do with picture ${picture.number}` },
      Object.keys(VERBS).map((verb) => verbButton(verb, picture, form, actions)),
    ),
    form,
  );
}

function verbButton(verb, picture, form, actions) {
  const { label, tip } = VERBS[verb];
  const run = async (event) => {
    if (verb === "edit") return toggle(form, event.currentTarget);
    if (verb === "details") return actions.details(picture.id);
    const button = event.currentTarget;
    button.disabled = true;
    await actions.press(verb, picture.id);
    button.disabled = false;
  };
  return el(
    "button",
    {
      type: "button",
      class: "verb",
      "data-verb": verb,
      "aria-label": `${label} picture ${picture.number}`,
      title: tip,
      "aria-expanded": verb === "edit" ? "false" : null,
      onclick: run,
    },
    icon(verb),
    el("span", { class: "verb-label" }, label),
  );
}

function toggle(form, button) {
  form.hidden = !form.hidden;
  button.setAttribute("aria-expanded", String(!form.hidden));
  if (!form.hidden) form.elements.words.focus();
  else button.focus();
}

function editForm(picture, actions) {
  const field = el("input", {
    name: "words",
    class: "field",
    placeholder: "What should change?",
    autocomplete: "off",
    "aria-label": `What should change in picture ${picture.number}?`,
  });
  const button = () => form.parentElement.querySelector('[data-verb="edit"]');
  const form = el(
    "form",
    {
      class: "edit-form",
      hidden: true,
      onsubmit: (event) => {
        event.preventDefault();
        const words = field.value.trim();
        if (!words) return field.focus();
        field.value = "";
        toggle(form, button());
        actions.press("edit", picture.id, words);
      },
      onkeydown: (event) => {
        if (event.key === "Escape") toggle(form, button());
      },
    },
    field,
    el("button", { class: "button primary small" }, "Edit"),
  );
  return form;
}

/** Marks the picture that "it" means, wherever it is shown. */
export function markCurrent(root, currentId) {
  for (const node of root.querySelectorAll("[data-picture]")) {
    const isCurrent = node.dataset.picture === currentId;
    node.classList.toggle("is-current", isCurrent);
    node.querySelector('[data-verb="select"]')?.setAttribute("aria-pressed", String(isCurrent));
  }
}

/** Scrolls to a picture, focuses it and lets it light up once. */
export function reveal(root, pictureId) {
  const shown = [...root.querySelectorAll("[data-picture]")].filter(
    (node) => node.dataset.picture === pictureId,
  );
  const node = shown.at(-1);
  if (!node) return;
  const calm = matchMedia("(prefers-reduced-motion: reduce)").matches;
  node.scrollIntoView({ block: "center", behavior: calm ? "auto" : "smooth" });
  node.focus({ preventScroll: true });
  node.classList.remove("flash");
  requestAnimationFrame(() => node.classList.add("flash"));
}
