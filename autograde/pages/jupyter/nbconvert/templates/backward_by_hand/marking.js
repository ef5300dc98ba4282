// Beside each derivation its rubric, as items that add up, and the comments that were used before.
// The texts come from the course and from assistants; nothing of a submission is among them.
function made(tag, about, ...content) {
  const element = Object.assign(document.createElement(tag), about);
  element.append(...content);
  return element;
}

function shown(points) {
  return points === 0.5 ? "½" : String(points);
}

class Rubric {
  constructor(name, cell) {
    this.name = name;
    this.points = cell.rubric.map((each) => each.points);
    this.parts = cell.parts || this.points.map(() => null);
    this.input = document.getElementById(name);
    this.rows = cell.rubric.map((each, index) => this.row(each, index));
    this.box = made("details", {className: "rubric"},
      made("summary", {}, "Rubric"), ...this.rows.map((each) => each.element));
    this.paint();
    this.input.addEventListener("change", () => this.adding || this.clear());
    // These two save without a change of the input; here it is heard before they do.
    this.input.closest(".nbgrader_cell").addEventListener("click", (event) => {
      if (event.target.closest(".full-credit, .no-credit")) this.clear();
    }, true);
  }

  row(item, index) {
    const text = made("div", {innerHTML: item.html});
    const buttons = item.points === null ? [] : [0, 0.5, 1].map((part) => {
      const button = made("button", {type: "button", className: "btn btn-default btn-xs"},
        shown(part * item.points));
      button.addEventListener("click", () => this.choose(index, part));
      return button;
    });
    const group = made("span", {className: "btn-group"}, ...buttons);
    return {element: made("div", {className: "rubric-item"}, group, text), buttons};
  }

  choose(index, part) {
    this.parts[index] = part;
    this.keep(this.parts);
    const sum = this.points.reduce((all, each, place) => all + (each || 0) * (this.parts[place] || 0), 0);
    this.adding = true;
    $(this.input).val(Math.round(sum * 1000) / 1000).trigger("change");
    this.adding = false;
    this.paint();
  }

  clear() {
    this.parts = this.points.map(() => null);
    this.keep(null);
    this.paint();
  }

  keep(parts) {
    const grade = formgrader.grades.findWhere({name: this.name});
    if (grade) grade.set({parts: parts && [...parts]}, {silent: true});
  }

  paint() {
    this.rows.forEach((row, index) => row.buttons.forEach((button, place) => {
      const chosen = this.parts[index] === place / 2;
      button.classList.toggle("btn-primary", chosen);
      button.setAttribute("aria-pressed", String(chosen));
    }));
  }
}

function usedBefore(texts, area) {
  const buttons = texts.map((text) => {
    const short = text.length > 60 ? `${text.slice(0, 57)} …` : text;
    const button = made("button",
      {type: "button", title: text, className: "btn btn-default btn-xs"}, short);
    button.addEventListener("click", () => {
      $(area).val(area.value ? `${area.value}\n\n${text}` : text).trigger("change");
    });
    return button;
  });
  return made("div", {className: "used-before"}, ...buttons);
}

function besideDerivations() {
  formgrader.grades.each((grade) => {
    const name = grade.get("name"), cell = grade.get("marking");
    grade.unset("marking", {silent: true});  // it is not sent back
    const area = document.getElementById(`${name}-comment`);
    if (!cell || !area) return;
    if (cell.rubric.length) area.parentElement.before(new Rubric(name, cell).box);
    if (cell.comments.length) area.parentElement.before(usedBefore(cell.comments, area));
  });
}

function markedMeanwhile(event, request) {
  if (request.status !== 409) return;
  const {who, score} = JSON.parse(request.responseText);
  const again = made("a", {href: ""}, "Load this page again");
  document.getElementById("marked-meanwhile")?.remove();
  document.body.append(made("div",
    {id: "marked-meanwhile", className: "alert alert-danger", role: "alert"},
    `${who} has marked this meanwhile (${score === null ? "no mark" : score}), and your mark was not saved. `,
    again, ", look, and decide."));
}

$(document).ajaxError(markedMeanwhile);
// nbgrader asks for the grades as the page is loaded, in a function that is called before this one.
$(window).on("load", () => formgrader.grades.once("sync", besideDerivations));
