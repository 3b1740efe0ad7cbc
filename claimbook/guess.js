// Asks before it shows: in a page of the book what follows, up to the last cell with the tag
// "revealed" before the next question or heading, waits for the guess.
const reply = el("p", { class: "reply", role: "status" });
let waiting;  // the element that hides what follows

const show = () => {
  waiting?.replaceWith(...waiting.childNodes);
  waiting = undefined;
  skip.remove();
};

const options = [...root.querySelectorAll("li")].map((item, k) => {
  const [holds, why] = DATA.replies[k];
  const option = button("", () => {
    options.forEach((other) => other.setAttribute("aria-pressed", other === option));
    reply.innerHTML = why;
    reply.prepend(el("span", { class: holds ? "yes" : "no" }, holds ? "✔ As measured." : "✘ Not so."), " ");
    show();
  });
  option.append(...item.childNodes);
  return option;
});
const skip = button("Just show me", show);
skip.classList.add("skip");
const bar = el("div", { class: "nnl-bar", role: "group", "aria-label": "Your guess" }, ...options);
root.querySelector("ul").replaceWith(bar);
root.querySelector("details").replaceWith(reply);

// Returns what stands behind the cell and belongs to its answer.
const followers = (cell) => {
  const found = [];
  let end = 0;
  for (let node = cell.nextElementSibling; node; node = node.nextElementSibling) {
    if (node.matches("section, h1, h2, h3") || node.querySelector(".nnl-guess")) break;
    found.push(node);
    if (node.matches(".tag_revealed")) end = found.length;
  }
  return found.slice(0, end);
};

const aimedAt = () => document.getElementById(decodeURIComponent(location.hash.slice(1)));

document.addEventListener("DOMContentLoaded", () => {
  const cell = root.closest(".cell");
  const rest = cell ? followers(cell) : [];
  if (rest.length === 0 || rest.some((node) => node.contains(aimedAt()))) return;
  waiting = el("div", { class: "nnl-waits", hidden: "until-found" });
  cell.after(waiting);
  waiting.append(...rest);
  waiting.addEventListener("beforematch", show);
  window.addEventListener("hashchange", () => {
    if (!waiting?.contains(aimedAt())) return;
    show();
    aimedAt().scrollIntoView();
  });
  bar.append(skip);
});
