// The list of conversations.

import { byId, el, icon, iconButton } from "./dom.js";

export class Sidebar {
  constructor({ open, startNew, close }) {
    this.open = open;
    this.list = el("ul", { class: "conversations" });
    byId("conversations").append(
      el(
        "header",
        { class: "panel-head" },
        el(
          "span",
          { class: "brand" },
          el("img", { src: "/static/easel.svg", alt: "", width: 28, height: 28 }),
          "Easel",
        ),
        iconButton("close", "Close conversations", close, "panel-close"),
      ),
      el(
        "button",
        { type: "button", class: "button new-conversation", onclick: startNew },
        icon("plus"),
        "New conversation",
      ),
      el("nav", { class: "panel-scroll", "aria-label": "Conversations" }, this.list),
    );
  }

  render(conversations, openId) {
    this.list.replaceChildren(
      ...conversations.map(({ id, title }) =>
        el(
          "li",
          {},
          el(
            "a",
            {
              href: `#${id}`,
              class: "conversation-link",
              "aria-current": id === openId ? "page" : null,
              onclick: () => this.open(id),
            },
            title || "A conversation",
          ),
        ),
      ),
    );
  }
}
