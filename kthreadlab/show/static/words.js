/* Words of the glossary: each, where it first stands in a text, is a button that tells what it means. */

/** Where each word of *rows* ([name, meaning, form, …]) first stands in a text: [from, to, name, meaning, form]. */
function* wordsIn(text, rows, seen = new Set()) {
  const known = new Map(rows.flatMap(([name, meaning, ...forms]) => forms.map((form) => [form, [name, meaning]])));
  const forms = [...known.keys()].sort((a, b) => b.length - a.length).map((form) => form.replace(/ /g, "\\s"));
  if (!forms.length) return;
  for (const found of text.matchAll(new RegExp(`(?<![\\w/.-])(?:${forms.join("|")})(?![\\w(*=/]|-\\w|\\.\\w)`, "gi"))) {
    const form = found[0].toLowerCase().replace(/\s+/g, " "), [name, meaning] = known.get(form);
    if (seen.has(name)) continue;
    seen.add(name);
    yield [found.index, found.index + found[0].length, name, meaning, form];
  }
}

/** The parts of a text: strings, and a button for each of its words. */
function explained(text, rows, tip, seen) {
  const parts = [];
  let at = 0;
  for (const [from, to, name, meaning] of wordsIn(text, rows, seen)) {
    parts.push(text.slice(at, from), word(text.slice(from, to), name, meaning, tip));
    at = to;
  }
  return [...parts, text.slice(at)];
}

/** The rows that some texts need, with the forms that stand there. */
function rowsFor(texts, rows) {
  const forms = new Map(rows.map(([name]) => [name, new Set()]));
  for (const text of texts) for (const [, , name, , form] of wordsIn(text, rows)) forms.get(name).add(form);
  return rows.map(([name, meaning]) => [name, meaning, ...[...forms.get(name)].sort()]).filter((row) => row.length > 2);
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
