// Turns the list of questions that stands in the page into one that marks itself.
const list = root.querySelector("ol");
const score = el("p", { class: "nnl-score", "aria-live": "polite" });
const right = new Set();

const numeral = (text) => Number(text.trim().replace("−", "-").replace(",", ".") || NaN);

[...list.children].forEach((item, k) => {
  const { replies, answer, tolerance, because } = DATA.questions[k];
  const reply = el("p", { "aria-live": "polite" });
  const legend = el("legend");
  legend.append(...item.querySelector("p").childNodes);
  const options = [...item.querySelectorAll("li")].map((option, j) =>
    el("label", {}, control("input", { type: "radio", name: "option", value: j }), el("span", {}, ...option.childNodes)));
  const field = control("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": "Your answer, a number" });

  const mark = () => {
    if (!replies) {
      const given = numeral(field.value);
      if (Number.isNaN(given)) return [null, "Please type a number."];
      return Math.abs(given - answer) <= tolerance ? [true, because] : [false, "Work it through once more."];
    }
    const chosen = options.findIndex((label) => label.firstChild.checked);
    return chosen < 0 ? [null, "Please choose an answer."] : replies[chosen];
  };
  const form = el("form", { novalidate: "" },
    el("fieldset", {}, legend, ...(replies ? options : [field]),
      el("div", { class: "check" }, control("button", { type: "submit" }, "Check"), reply)));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    const [holds, why] = mark();
    reply.innerHTML = why;
    if (holds !== null) {
      reply.prepend(el("span", { class: holds ? "yes" : "no" }, holds ? "✔ Right." : "✘ Not quite."), " ");
      right[holds ? "add" : "delete"](k);
      score.textContent = `${right.size} of ${list.children.length} right.`;
    }
  });
  item.replaceChildren(form);
});
list.classList.add("nnl-on");
list.after(score);
score.textContent = `0 of ${list.children.length} right so far.`;
