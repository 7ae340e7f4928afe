// The page's own words: verbs, times, progress.

export const VERBS = {
  select: { label: "Select", tip: "Make this the current picture" },
  refine: { label: "Refine", tip: "The same picture, better" },
  vary: { label: "Vary", tip: "The same idea again" },
  edit: { label: "Edit", tip: "Change something, keep the rest" },
  again: { label: "Again", tip: "The same request with new noise" },
  details: { label: "Details", tip: "Prompt, seed and how it was made" },
};

/** What a press says in the conversation. */
export function pressWords(press, number) {
  const label = VERBS[press.verb]?.label ?? press.verb;
  const target = number ? ` picture ${number}` : "";
  return press.text ? `${label}${target}: ${press.text}` : `${label}${target}`;
}

export function seconds(value) {
  if (value >= 90) return `${Math.round(value / 60)} min`;
  return value >= 10 ? `${Math.round(value)} s` : `${Math.max(0.1, value).toFixed(1)} s`;
}

/** A guess needs no decimals. */
const about = (value) => `about ${value >= 90 ? seconds(value) : `${Math.max(1, Math.round(value))} s`}`;

/** One line about where a job stands. */
export function progressWords(progress) {
  if (!progress || progress.stage === "thinking") return "Thinking";
  if (progress.stage === "queued") {
    const place = progress.position > 0 ? `${progress.position} ahead of you` : "Next in line";
    return progress.wait_s ? `${place}, ${about(progress.wait_s)}` : place;
  }
  const step = progress.steps ? `Painting, step ${progress.step} of ${progress.steps}` : "Painting";
  return progress.wait_s ? `${step}, ${about(progress.wait_s)} left` : step;
}

export const plainName = (key) => {
  const words = key.replaceAll("_", " ");
  return words[0].toUpperCase() + words.slice(1);
};
