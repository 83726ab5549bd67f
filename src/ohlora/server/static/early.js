// Theme and language before anything is painted, so that nothing flickers. Kept in step with app.js.
(() => {
  const root = document.documentElement;
  /** @param {string} key */
  const kept = (key) => {
    try { return localStorage.getItem(key); } catch { return null; }
  };
  const theme = kept("ohlora.theme");
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  root.dataset.theme = theme === "light" || theme === "dark" ? theme : dark ? "dark" : "light";
  const language = kept("ohlora.language") ?? (navigator.languages?.[0] ?? navigator.language ?? "en");
  root.lang = language.toLowerCase().startsWith("ko") ? "ko" : "en";
})();
