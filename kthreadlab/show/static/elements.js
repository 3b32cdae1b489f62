/* Elements: made with text, never with markup. */

/** An element; children that are strings become text. */
function el(tag, attributes = {}, ...children) {
  const made = document.createElement(tag);
  for (const [key, value] of Object.entries(attributes))
    if (key.startsWith("on")) made.addEventListener(key.slice(2), value);
    else if (value !== false && value != null) made.setAttribute(key, value === true ? "" : value);
  made.append(...children.flat().filter((child) => child != null && child !== false));
  return made;
}

const ICONS = {
  first: "M4 3v10M13 3L6 8l7 5z", back: "M12 3L4 8l8 5z", forward: "M4 3l8 5-8 5z", last: "M12 3v10M3 3l7 5-7 5z",
  play: "M4 2l10 6-10 6z", pause: "M4 3h3v10H4zM9 3h3v10H9z",
};

function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 16 16");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

const button = (name, label, keys, act) =>
  el("button", { type: "button", title: `${label} (${keys})`, "aria-label": label, "aria-keyshortcuts": keys, onclick: act },
    icon(name));

/** A box with room for everything it will ever hold: the largest of that stand in it, unseen, behind what is shown. */
const steady = (live, largest, tag = "div") => el(tag, { class: "kl-steady" }, live,
  largest.map((body) => el(tag, { class: "kl-unseen", "aria-hidden": "true" }, body)));

/** The few of some values that take the most room, as far as their length tells. */
function largest(values, size = (value) => String(value).length, count = 4) {
  const sized = [...new Set(values)].map((value) => [size(value), value]);
  return sized.sort((a, b) => b[0] - a[0]).slice(0, count).map(([, value]) => value);
}

/** What the pointer is told: a small sheet beside it. */
class Tip {
  constructor(root) {
    this.root = root;
    this.el = el("div", { class: "kl-tip", "aria-hidden": "true", hidden: true });
  }
  /** Over *target*, tell what `tell` says of the event: a heading and some words; null is nothing. */
  over(target, tell) {
    target.addEventListener("mousemove", (event) => this.show(event, tell(event)));
    target.addEventListener("mouseleave", () => this.hide());
  }
  /** While *target* has the focus, tell the same beside it. */
  on(target, tell) {
    target.addEventListener("focus", () => { const { left, bottom } = target.getBoundingClientRect(); this.show({ clientX: left, clientY: bottom - 16 }, tell()); });
    target.addEventListener("blur", () => this.hide());
  }
  show({ clientX, clientY }, told) {
    if (!told) { this.hide(); return; }
    const [head, words] = told;
    this.el.replaceChildren(el("strong", {}, head), " ", words);
    this.el.hidden = false;
    const room = this.root.getBoundingClientRect(), { offsetWidth: wide, offsetHeight: high } = this.el;
    const x = Math.max(4, Math.min(clientX - room.left + 14, room.width - wide - 6));
    const below = clientY - room.top + 20, y = below + high < room.height ? below : clientY - room.top - high - 10;
    this.el.style.transform = `translate(${x}px, ${y}px)`;
  }
  hide() { this.el.hidden = true; }
}

/** Keys that are not ours: Shift+Enter and its like run cells, Tab leads on. */
const hosts = ({ key, ctrlKey, metaKey, altKey, shiftKey }) => ctrlKey || metaKey || altKey || key === "Tab" || (key === "Enter" && shiftKey);
