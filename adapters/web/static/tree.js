// The version tree: every picture under the one it came from. A chain goes straight down; a branch moves to the right.

import { pictureUrl } from "./api.js";
import { byId, el, icon, iconButton, svg } from "./dom.js";
import { VERBS } from "./words.js";

const ROW = 64; // px, as in panels.css
const INDENT = 34;
const MIDDLE = 22; // half a thumbnail
const DEEPEST = 6;

/** Rows in drawing order: { picture, column, parentRow }. An only child stays in its parent's column. */
export function treeRows(pictures) {
  const children = new Map();
  const known = new Set(pictures.map((picture) => picture.id));
  for (const picture of pictures) {
    const parent = known.has(picture.parent_id) ? picture.parent_id : null;
    children.set(parent, [...(children.get(parent) ?? []), picture]);
  }
  const rows = [];
  const walk = (picture, column, parentRow) => {
    const row = rows.push({ picture, column: Math.min(column, DEEPEST), parentRow }) - 1;
    const own = children.get(picture.id) ?? [];
    for (const child of own) walk(child, own.length > 1 ? column + 1 : column, row);
  };
  for (const root of children.get(null) ?? []) walk(root, 0, null);
  return rows;
}

export class VersionTree {
  constructor({ reveal, press, close }) {
    this.actions = { reveal, press };
    this.list = el("ol", { class: "tree" });
    this.empty = el("p", { class: "panel-empty" }, "Every picture will be here, under the one it came from.");
    byId("versions").append(
      el(
        "header",
        { class: "panel-head" },
        el("h2", {}, "Versions"),
        iconButton("close", "Close versions", close, "panel-close"),
      ),
      el("div", { class: "panel-scroll" }, this.empty, this.list),
    );
    this.signature = "";
  }

  render(view) {
    const pictures = view.pictures.filter((picture) => picture.state === "ready");
    const signature = JSON.stringify([view.id, view.current_id, pictures.map((picture) => picture.id)]);
    if (signature === this.signature) return;
    this.signature = signature;
    const names = Object.fromEntries(Object.entries(view.names ?? {}).map(([name, id]) => [id, name]));
    const rows = treeRows(pictures);
    this.empty.hidden = rows.length > 0;
    this.list.replaceChildren(...rows.map((_, index) => this.row(index, rows, view.current_id, names)));
  }

  row(index, rows, currentId, names) {
    const { picture, column, parentRow } = rows[index];
    const parent = parentRow === null ? null : rows[parentRow];
    const isCurrent = picture.id === currentId;
    const origin = picture.recipe ? "New" : "Upload";
    const words = parent
      ? `${VERBS[picture.verb]?.label ?? picture.verb} of ${parent.picture.number}`
      : origin;
    const item = el(
      "li",
      { class: isCurrent ? "node is-current" : "node", "data-node": picture.id },
      parent && edge(column, parent.column, index - parentRow),
      el(
        "button",
        {
          type: "button",
          class: "node-open",
          "aria-current": isCurrent ? "true" : null,
          onclick: () => this.actions.reveal(picture.id),
        },
        el("img", { src: pictureUrl(picture.id), alt: "", width: 44, height: 44 }),
        el(
          "span",
          { class: "node-words" },
          el(
            "span",
            { class: "node-verb" },
            el("b", {}, String(picture.number)),
            words,
            isCurrent && el("em", {}, "current"),
          ),
          el("span", { class: "node-caption" }, names[picture.id] ?? picture.caption),
        ),
      ),
      !isCurrent &&
        iconButton(
          "select",
          `Select picture ${picture.number}`,
          () => this.actions.press("select", picture.id),
          "node-select",
        ),
    );
    item.style.paddingLeft = `${column * INDENT}px`;
    return item;
  }
}

/** The line from the parent's thumbnail, `rowsUp` rows above, to this one. */
function edge(column, parentColumn, rowsUp) {
  const height = rowsUp * ROW;
  const from = parentColumn * INDENT + MIDDLE;
  const to = column * INDENT + (column === parentColumn ? MIDDLE : 0);
  const turn = column === parentColumn ? `V${height - MIDDLE}` : `V${height - 8}q0 8 8 8H${to}`;
  const drawing = svg("svg", { class: "edge", width: 220, height, "aria-hidden": "true" });
  drawing.append(svg("path", { d: `M${from} ${MIDDLE}${turn}` }));
  drawing.style.top = `${ROW / 2 - height}px`;
  return drawing;
}
