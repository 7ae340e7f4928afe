// Requests to Easel. Every failure is a `Refusal` with a sentence for people.

/** `status` 0: the server was not reached, so the same request may simply be sent again. */
export class Refusal extends Error {
  constructor(sentence, status) {
    super(sentence);
    this.status = status;
  }
}

async function call(path, options = {}) {
  let response;
  try {
    response = await fetch(path, options);
  } catch {
    throw new Refusal("Easel cannot be reached just now.", 0);
  }
  const body = await response.json().catch(() => ({}));
  if (!response.ok) throw new Refusal(body.error ?? `Easel answered ${response.status}.`, response.status);
  return body;
}

const post = (path, fields) =>
  call(path, {
    method: "POST",
    headers: { "Content-Type": "application/json" },
    body: JSON.stringify(fields),
  });

export const readConversations = () => call("/api/conversations");
export const readView = (id) => call(`/api/conversations/${id}`);
export const sendPress = (id, fields) => post(`/api/conversations/${id}/press`, fields);
export const cancelJob = (jobId) => post(`/api/jobs/${jobId}/cancel`, {});

/** A message; as a form when it carries files. */
export function sendMessage(id, { event_id, text, reply_to, files = [] }) {
  const path = `/api/conversations/${id}/messages`;
  if (!files.length) return post(path, { event_id, text, reply_to });
  const form = new FormData();
  form.append("event_id", event_id);
  form.append("text", text);
  if (reply_to) form.append("reply_to", reply_to);
  for (const file of files) form.append("files", file, file.name || "pasted.png");
  return call(path, { method: "POST", body: form });
}

export const pictureUrl = (id) => `/pictures/${encodeURIComponent(id)}`;
export const pngUrl = (id) => `${pictureUrl(id)}?download=png`;
export const recipeUrl = (id) => `${pictureUrl(id)}/recipe`;

/** 128 random bits as text; `crypto.randomUUID` is missing on plain http. */
export function newToken() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return btoa(String.fromCharCode(...bytes))
    .replaceAll("+", "-")
    .replaceAll("/", "_")
    .replaceAll("=", "");
}
