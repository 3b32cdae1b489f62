/* What anywidget asks for, behind the script of play: boards that ask their kernel for each state. */
const PATIENCE = 8000, WORLD_PATIENCE = 90000;   // milliseconds until a kernel that does not answer is said to be gone: for a state, and for a world
export default {
  async render({ model, el: host }) {
    // several views, each with what it has been told itself, may hear the same kernel
    const { first, worlds, ...words } = JSON.parse(model.get("start")), view = crypto.randomUUID?.() ?? String(Math.random());
    let asked = 0;
    const ask = (wanted) => new Promise((told, lost) => {
      const mine = `${view} ${asked += 1}`;
      const hear = (answer) => {
        if (answer.view !== mine) return;
        model.off("msg:custom", hear);
        const found = JSON.parse(answer.told);
        if (found.trouble) lost(new Error(found.trouble)); else told(found);
      };
      const gone = () => { model.off("msg:custom", hear); lost(new Error("The kernel does not answer. What you see stays; to go on, run the cell again.")); };
      model.on("msg:custom", hear);
      setTimeout(gone, wanted.states === undefined ? WORLD_PATIENCE : PATIENCE);
      try { model.send({ view: mine, ...wanted }); } catch { gone(); }
    });
    const made = [];
    const open = async (n) => LiveBoard.of(n ? await ask({ world: n }) : first, (wanted) => ask({ world: n, ...wanted }));
    const all = worlds.map((world, n) => ({ ...world, open: world.why ? null : () => (made[n] ??= open(n).catch((lost) => { made[n] = null; throw lost; })) }));
    new Scheduler(host, await all[0].open(), all, words);
  },
};
