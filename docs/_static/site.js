// What scrolls sideways can be reached with the keyboard: the theme does so for code, this for the
// rest (wide formulas, tables and players).
const marked = new Set();

function letScrollableThingsBeReached() {
  for (const element of document.querySelectorAll(
    ".bd-article table, .bd-article mjx-container[display='true'], .bd-article .cell_output div, .bd-article .math",
  )) {
    const scrolls =
      element.scrollWidth > element.clientWidth &&
      ["auto", "scroll"].includes(getComputedStyle(element).overflowX);
    if (scrolls && element.tabIndex < 0) {
      element.tabIndex = 0;
      marked.add(element);
    } else if (!scrolls && marked.delete(element)) {
      element.removeAttribute("tabindex");
    }
  }
}

let waiting;
window.addEventListener("resize", () => {
  clearTimeout(waiting);
  waiting = setTimeout(letScrollableThingsBeReached, 200);
});
window.addEventListener("load", async () => {
  await window.MathJax?.startup?.promise; // a formula has no width before it is drawn
  letScrollableThingsBeReached();
});

// Whoever says what is written on a button must reach it: the theme calls "Search Ctrl+K" Search.
for (const button of document.querySelectorAll(".search-button-field")) {
  button.setAttribute("aria-label", button.textContent.replace(/\s+/g, " ").trim());
}

// Paper is white, whatever the screen is.
const page = document.documentElement.dataset;
let onScreen;
window.addEventListener("beforeprint", () => {
  onScreen = page.theme;
  page.theme = "light";
});
window.addEventListener("afterprint", () => {
  page.theme = onScreen;
});

// On a telephone JupyterLab leaves a notebook no room: there it opens alone.
const narrow = window.matchMedia("(max-width: 760px)");
function leadToWhatFits() {
  for (const link of document.querySelectorAll("a[href*='lite/lab/'], a[href*='lite/notebooks/']")) {
    link.href = link.href.replace(
      /lite\/(lab|notebooks)\//,
      narrow.matches ? "lite/notebooks/" : "lite/lab/",
    );
  }
}
narrow.addEventListener("change", leadToWhatFits);
leadToWhatFits();
