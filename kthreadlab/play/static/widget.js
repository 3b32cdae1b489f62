
/* What anywidget asks for, behind the script of play: a board that asks its kernel for each state. */
const PATIENCE = 8000;   // milliseconds until a kernel that does not answer is said to be gone
export default {
  async render({ model, el: host }) {
    // several views, each with what it has been told itself, may hear the same kernel
    const start = JSON.parse(model.get("start")), view = crypto.randomUUID?.() ?? String(Math.random());
    let asked = 0;
    const ask = (n, known) => new Promise((told, lost) => {
      const mine = `${view} ${asked += 1}`;
      const hear = (answer) => { if (answer.view === mine) { model.off("msg:custom", hear); told(JSON.parse(answer.state)); } };
      const gone = () => { model.off("msg:custom", hear); lost(new Error("The kernel does not answer. What you see stays; to go on, run the cell again.")); };
      model.on("msg:custom", hear);
      setTimeout(gone, PATIENCE);
      try { model.send({ view: mine, state: n, known }); } catch { gone(); }
    });
    const board = await LiveBoard.of(start, ask);
    await board.know(0);
    new Scheduler(host, [board], start);
  },
};
