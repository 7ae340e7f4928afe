// The two side panels: columns on a wide window, drawers on a narrow one. The choice on a wide window is remembered.

import { byId, icon } from "./dom.js";

const NARROW = { conversations: "(max-width: 900px)", versions: "(max-width: 1180px)" };

export function setUpPanels() {
  byId("show-conversations").append(icon("menu"));
  byId("show-versions").append(icon("tree"));
  byId("theme").append(icon("theme"));
  byId("theme").addEventListener("click", () => window.toggleTheme());
  byId("show-conversations").addEventListener("click", () => toggle("conversations"));
  byId("show-versions").addEventListener("click", () => toggle("versions"));
  byId("scrim").addEventListener("click", closeDrawers);
  addEventListener("keydown", (event) => {
    if (event.key === "Escape" && !document.querySelector("dialog[open]")) closeDrawers();
  });
  for (const [name, query] of Object.entries(NARROW))
    matchMedia(query).addEventListener("change", () => settle(name));
  Object.keys(NARROW).forEach(settle);
  return {
    closeDrawers,
    hideVersions: () => show("versions", false),
    hideConversations: () => show("conversations", false),
  };
}

const isNarrow = (name) => matchMedia(NARROW[name]).matches;
const isShown = (name) => !byId(name).hidden;

function settle(name) {
  show(name, !isNarrow(name) && localStorage.getItem(`easel-${name}`) !== "hidden", false);
}

function toggle(name) {
  show(name, !isShown(name));
}

function show(name, shown, remember = true) {
  byId(name).hidden = !shown;
  byId(`show-${name}`).setAttribute("aria-expanded", String(shown));
  if (remember && !isNarrow(name)) localStorage.setItem(`easel-${name}`, shown ? "shown" : "hidden");
  byId("scrim").hidden = !Object.keys(NARROW).some((each) => isNarrow(each) && isShown(each));
  if (remember && shown && isNarrow(name)) byId(name).querySelector("button, a")?.focus();
}

function closeDrawers() {
  for (const name of Object.keys(NARROW)) if (isNarrow(name) && isShown(name)) show(name, false);
}
