// The little Markdown that answers use: bold, code, lists, line breaks. Everything else stays as it was written.

import { el } from "./dom.js";

const INLINE = /(\*\*[^*\n]+\*\*|`[^`\n]+`)/;
const ITEM = /^\s*(?:[-*•]|\d{1,2}[.)])\s+(.*)$/;

function inline(text) {
  return text
    .split(INLINE)
    .filter(Boolean)
    .map((piece) => {
      if (piece.length > 4 && piece.startsWith("**") && piece.endsWith("**"))
        return el("strong", {}, piece.slice(2, -2));
      if (piece.length > 2 && piece.startsWith("`") && piece.endsWith("`"))
        return el("code", {}, piece.slice(1, -1));
      return piece;
    });
}

function paragraph(lines) {
  const content = lines.flatMap((line, index) => (index ? [el("br"), ...inline(line)] : inline(line)));
  return el("p", {}, content);
}

function list(lines) {
  const tag = /^\s*\d/.test(lines[0]) ? "ol" : "ul";
  return el(
    tag,
    {},
    lines.map((line) => el("li", {}, inline(line.match(ITEM)[1]))),
  );
}

/** Nodes for a text. */
export function markdown(text) {
  const blocks = [];
  for (const line of text.trim().split("\n")) {
    const kind = ITEM.test(line) ? "list" : line.trim() ? "paragraph" : "gap";
    if (blocks.at(-1)?.kind === kind) blocks.at(-1).lines.push(line);
    else blocks.push({ kind, lines: [line] });
  }
  return blocks
    .filter(({ kind }) => kind !== "gap")
    .map(({ kind, lines }) => (kind === "list" ? list(lines) : paragraph(lines)));
}
