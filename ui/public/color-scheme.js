// Sets the colour scheme before the first paint. A file, not an inline script: the content security policy allows no others.
(() => {
  const wanted = localStorage.getItem("mantine-color-scheme-value") ?? "auto";
  const dark = wanted === "dark" || (wanted === "auto" && matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.setAttribute("data-mantine-color-scheme", dark ? "dark" : "light");
})();
