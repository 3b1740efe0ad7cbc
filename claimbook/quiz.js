// Turns the list of questions that stands in the page into one that marks itself. Several quizzes of a
// page share a total and, if the reader asks for it, a place in this browser that keeps the answers.
const list = root.querySelector("ol");
const asked = list.children.length;
const score = el("p", { class: "nnl-score", "aria-live": "polite" });
const total = el("p", { class: "nnl-total" });
const inBook = Boolean(root.closest(".bd-article"));
const KEY = `nnl-quiz ${location.pathname}`, MARKED = "nnl-quiz";

const given = {};  // what the reader answered, by the question's words
const kept = () => {
  try { return JSON.parse(localStorage.getItem(KEY)); } catch { return null; }
};
const store = (answers) => {
  try {
    if (answers) localStorage.setItem(KEY, JSON.stringify(answers));
    else localStorage.removeItem(KEY);
  } catch { /* private browsing */ }
};

// What a text may say in numbers: "1,234" is 1234 or, with a decimal comma, 1.234; "1/4" and "25%" are 0.25.
const part = (text) => (text === "" ? NaN : Number(text));
const readings = (text) => {
  const plain = text.replace(/\s/g, "").replace(/[−–]/g, "-");
  const [, body, percent] = plain.match(/^(.*?)(%?)$/);
  return [body.replaceAll(",", ""), body.replace(",", ".")].map((one) => {
    const [top, bottom = "1"] = one.split("/");
    return part(top) / part(bottom) / (percent ? 100 : 1);
  }).filter(Number.isFinite);
};

const questions = [...list.children].map((item, k) => {
  const { replies, answer, tolerance, because, see } = DATA.questions[k];
  const reply = el("p", { "aria-live": "polite" });
  const legend = el("legend");
  legend.append(...item.querySelector("p").childNodes);
  const options = [...item.querySelectorAll("li")].map((option, j) =>
    el("label", {}, control("input", { type: "radio", name: "option", value: j }), el("span", {}, ...option.childNodes)));
  const field = control("input", { type: "text", inputmode: "decimal", autocomplete: "off", "aria-label": "Your answer, a number" });
  const question = { words: legend.textContent, holds: null };

  const chosen = () => options.find((label) => label.firstChild.checked);
  const answered = () => (replies ? chosen()?.textContent : field.value);
  const judged = () => {
    if (replies) return chosen() ? replies[options.indexOf(chosen())] : [null, "Please choose an answer."];
    const values = readings(field.value);
    if (values.length === 0) return [null, "Please type a number, such as 0.25, 1/4 or 2e-3."];
    const right = values.some((value) => Math.abs(value - answer) <= tolerance);
    return right ? [true, because] : [false, "Work it through once more."];
  };
  const mark = () => {
    const [holds, why] = judged();
    reply.innerHTML = why;
    if (holds === null) return;
    reply.prepend(el("span", { class: holds ? "yes" : "no" }, holds ? "✔ Right." : "✘ Not quite."), " ");
    if (!holds && see && inBook) reply.append(" ", el("a", { href: see }, "Read it again"), ".");
    question.holds = holds;
    given[question.words] = answered();
  };
  question.restore = (answer) => {
    if (replies) options.forEach((label) => { label.firstChild.checked = label.textContent === answer; });
    else field.value = answer;
    mark();
  };
  const form = el("form", { novalidate: "" },
    el("fieldset", {}, legend, ...(replies ? options : [field]),
      el("div", { class: "check" }, control("button", { type: "submit" }, "Check"), reply)));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    mark();
    tell();
  });
  item.replaceChildren(form);
  return question;
});
list.classList.add("nnl-on");

// The last quiz of a page shows the total, and asks whether to keep the answers.
const keep = control("input", { type: "checkbox" });
keep.addEventListener("change", () => {
  store(keep.checked ? {} : null);
  document.dispatchEvent(new Event(MARKED));
});
const keeper = el("label", {}, keep, " Keep my answers in this browser");
const foot = el("div", { class: "nnl-foot" }, total, keeper);
keeper.hidden = !inBook;
list.after(score, foot);

const tell = () => {
  const right = questions.filter(({ holds }) => holds).length;
  score.textContent = `${right} of ${asked} right${questions.some(({ holds }) => holds !== null) ? "" : " so far"}.`;
  Object.assign(root.dataset, { right, asked });
  document.dispatchEvent(new Event(MARKED));
};
document.addEventListener(MARKED, () => {
  const all = [...document.querySelectorAll(".nnl-quiz")];
  const sum = (what) => all.reduce((so_far, quiz) => so_far + Number(quiz.dataset[what]), 0);
  foot.hidden = all.at(-1) !== root;
  total.hidden = all.length === 1;
  total.textContent = `All rounds: ${sum("right")} of ${sum("asked")} right.`;
  if (kept()) store({ ...kept(), ...given });
  keep.checked = kept() !== null;
});

const before = kept() ?? {};
for (const question of questions) if (question.words in before) question.restore(before[question.words]);
tell();
