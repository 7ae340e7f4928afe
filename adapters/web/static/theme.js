// Light or dark. Runs before the page is drawn, so that a chosen theme does not flash; without a choice CSS follows
// the system.
(() => {
  const root = document.documentElement;
  const chosen = localStorage.getItem("easel-theme");
  if (chosen === "light" || chosen === "dark") root.dataset.theme = chosen;

  window.toggleTheme = () => {
    const system = matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light";
    root.dataset.theme = (root.dataset.theme || system) === "dark" ? "light" : "dark";
    localStorage.setItem("easel-theme", root.dataset.theme);
  };
})();
