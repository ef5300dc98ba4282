// What a page has become: every function here returns a list of complaints, or what it counted.
(() => {
  const BOXES = ".text_cell_render, .input_area, .output_wrapper";
  const CONTENTS = ".text_cell_render, .input_area, .output_subarea";
  const CONTROLS =
    ".score, .extra-credit, .comment, .scoring-buttons button, .help, nav a, #toc a, .panel-heading a";
  const named = (node) => `<${node.tagName.toLowerCase()} class="${node.className}">`;
  const inside = (box, x, y) =>
    x >= box.left - 1 && x <= box.right + 1 && y >= box.top - 1 && y <= box.bottom + 1;

  // Under each point of the whole page lies nothing of a cell but where that cell is.
  const points = (step) => {
    const found = [];
    let seen = 0;
    for (let top = 0; top < document.documentElement.scrollHeight; top += innerHeight) {
      scrollTo(0, top);
      for (let y = 1; y < innerHeight; y += step) {
        for (let x = 1; x < document.documentElement.clientWidth; x += step) {
          const node = document.elementFromPoint(x, y);
          const box = node && node.closest(BOXES);
          seen += 1;
          if (!box) continue;
          const cell = box.closest(".cell");
          const around = cell && [box, cell, cell.parentElement];
          if (!around || !around.every((each) => inside(each.getBoundingClientRect(), x, y))) {
            found.push(`${named(node)} lies under ${x}, ${y + top}`);
          }
        }
      }
    }
    return { seen, found };
  };

  // Every control can be clicked in its middle.
  const controls = () => {
    const found = [];
    const all = [...document.querySelectorAll(CONTROLS)].filter(
      (each) => !each.closest(BOXES) && each.offsetParent !== null);
    for (const each of all) {
      if (!each.closest("nav, .help")) each.scrollIntoView({ block: "center" });
      const { left, top, width, height } = each.getBoundingClientRect();
      const over = document.elementFromPoint(left + width / 2, top + height / 2);
      if (!over || !(each.contains(over) || over.contains(each))) {
        found.push(`${named(each)} is below ${over && named(over)}`);
      }
    }
    return { seen: all.length, found };
  };

  // What stands in the boxes, to be compared with what stands in an honest page's.
  const words = () => {
    const every = [...document.querySelectorAll(CONTENTS)].flatMap((box) => [
      ...box.querySelectorAll("*")]);
    const unique = (list) => [...new Set(list)].sort();
    return {
      tags: unique(every.map((each) => each.tagName.toLowerCase())),
      classes: unique(every.flatMap((each) => [...each.classList])),
      attributes: unique(every.flatMap((each) => each.getAttributeNames())),
      styles: unique(every.flatMap((each) => [...(each.style || [])])),
      links: every.filter((each) => each.matches("[href]")).map((each) => ({
        to: each.href, typed: each.getAttribute("href"), target: each.target, rel: each.rel })),
      sources: unique(every.filter((each) => each.matches("[src]")).map(
        (each) => each.getAttribute("src").slice(0, 15))),
    };
  };

  // How the page is built around the cells, which no cell may change.
  const frame = () => ({
    body: [...document.body.children].map(named),
    notebook: [...document.querySelector(".cell").parentElement.children].map(named),
    tallest: Math.max(...[...document.querySelectorAll(BOXES)].map(
      (each) => each.getBoundingClientRect().height)),
    outside: [...document.querySelectorAll("[id], [name]")].filter(
      (each) => each.closest(BOXES)).map(named),
  });

  window.looking = { points, controls, words, frame };
})();
