/* Words of the glossary: each, where it first stands in a text, is a button that tells what it means. */

/** The parts of a text: strings, and a button for each word of *rows* ([name, meaning, form, …]). */
function explained(text, rows, tip, seen = new Set()) {
  const known = new Map(rows.flatMap(([name, meaning, ...forms]) => forms.map((form) => [form, [name, meaning]])));
  if (!known.size) return [text];
  const forms = [...known.keys()].sort((a, b) => b.length - a.length).map((form) => form.replace(/ /g, "\\s"));
  const parts = [];
  let at = 0;
  for (const found of text.matchAll(new RegExp(`(?<![\\w/.-])(?:${forms.join("|")})(?![\\w(*=/]|-\\w|\\.\\w)`, "gi"))) {
    const [name, meaning] = known.get(found[0].toLowerCase().replace(/\s+/g, " "));
    if (seen.has(name)) continue;
    seen.add(name);
    parts.push(text.slice(at, found.index), word(found[0], name, meaning, tip));
    at = found.index + found[0].length;
  }
  return [...parts, text.slice(at)];
}

/** A word as it stands in a text; pointed at, or reached by Tab, it is explained. */
function word(text, name, meaning, tip) {
  const made = el("button", { type: "button", class: "kl-word", "aria-description": meaning }, text), tell = () => [name, meaning];
  tip.over(made, tell);
  tip.on(made, tell);
  return made;
}

/** Explain the words in an element that is there already. */
function explain(within, rows, tip) {
  const seen = new Set(), texts = document.createTreeWalker(within, NodeFilter.SHOW_TEXT), nodes = [];
  while (texts.nextNode()) if (!texts.currentNode.parentElement.closest("button, summary, code, pre")) nodes.push(texts.currentNode);
  for (const node of nodes) node.replaceWith(...explained(node.data, rows, tip, seen));
}
