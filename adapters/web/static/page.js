// The page: makes the parts, opens the conversation that the address names, and passes events between them.

import { newToken, readConversations } from "./api.js";
import { Composer } from "./composer.js";
import { ConversationView } from "./conversation.js";
import { Details } from "./details.js";
import { byId, el, icon, iconButton } from "./dom.js";
import { Lightbox } from "./lightbox.js";
import { setUpPanels } from "./panels.js";
import { reveal } from "./picture.js";
import { Sidebar } from "./sidebar.js";
import { ConversationState } from "./state.js";
import { VersionTree } from "./tree.js";

let state = null;
let conversations = [];
let isListing = false;

const panels = setUpPanels();
const actions = {
  send: (draft) => {
    clearNotice();
    return state.send(draft);
  },
  press: (verb, id, text) => state.press(verb, id, text),
  retry: (turn) => state.retry(turn),
  resend: () => state.resend(),
  cancel: (jobId) => state.cancel(jobId),
  reply: (id) => composer.setAbout(state.picture(id)),
  open: (id) => lightbox.open(state.allPictures(), id),
  details: (id) => details.open(state.picture(id), state.picture(state.picture(id).parent_id)),
  reveal: (id) => {
    panels.closeDrawers();
    reveal(byId("turns"), id);
  },
};
const composer = new Composer({ send: actions.send, notice: showNotice });
const view = new ConversationView(actions);
const tree = new VersionTree({ reveal: actions.reveal, press: actions.press, close: panels.hideVersions });
const details = new Details({ reveal: actions.reveal });
const lightbox = new Lightbox({ details: actions.details });
const sidebar = new Sidebar({ open: panels.closeDrawers, startNew, close: panels.hideConversations });

function open(id) {
  state?.close();
  view.clear();
  clearNotice();
  state = new ConversationState(id, { changed: render, refused, connected });
  composer.open(id);
  render();
  readList();
}

function render() {
  view.render(state);
  tree.render(state.view);
  const title = state.view.title || "New conversation";
  byId("title").textContent = title;
  document.title = state.view.title ? `${title} · Easel` : "Easel";
  const isKnown = conversations.some(({ id }) => id === state.id);
  if (state.view.turns.length && !isKnown && !isListing) readList();
}

async function readList() {
  isListing = true;
  try {
    const known = await readConversations();
    conversations = known.conversations;
    composer.limitMb = known.upload_limit_mb;
    composer.longest = known.message_characters;
    composer.resize();
  } catch (refusal) {
    if (refusal.status) showNotice(refusal.message);
    return;
  } finally {
    isListing = false;
  }
  sidebar.render(conversations, state.id);
}

function refused(refusal, draft) {
  showNotice(refusal.message);
  if (draft) composer.restore(draft, state.picture(draft.reply_to));
}

function connected(isConnected) {
  byId("connection").textContent = isConnected ? "" : "Connection lost, trying again";
  document.body.classList.toggle("is-lost", !isConnected);
}

function showNotice(sentence) {
  byId("notice").replaceChildren(
    el(
      "p",
      { class: "notice" },
      icon("alert"),
      el("span", {}, sentence),
      iconButton("close", "Close this notice", clearNotice, "small"),
    ),
  );
}

function clearNotice() {
  byId("notice").replaceChildren();
}

function startNew() {
  location.hash = newToken();
  panels.closeDrawers();
  composer.focus();
}

function openNamed() {
  const named = location.hash.slice(1);
  const id = /^[A-Za-z0-9_-]{16,64}$/.test(named) ? named : newToken();
  history.replaceState(null, "", `/#${id}`); // also takes a token out of the address
  if (id !== state?.id) open(id);
}

addEventListener("hashchange", openNamed);
addEventListener("keydown", (event) => {
  const writes = event.target.closest?.("input, textarea, dialog");
  if (event.key === "/" && !writes && !event.ctrlKey && !event.metaKey) {
    event.preventDefault();
    composer.focus();
  }
});
openNamed();
if (matchMedia("(hover: hover)").matches) composer.focus();
