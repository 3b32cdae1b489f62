
/* What anywidget asks for, behind the player's script.  The widget's moment and the player's are one. */
export default {
  render({ model, el: host }) {
    const player = mount(host, JSON.parse(model.get("film")));
    const follow = () => player.go(model.get("moment"));
    follow();
    player.root.addEventListener("moment", ({ detail }) => { model.set("moment", detail); model.save_changes(); });
    model.on("change:moment", follow);
    return () => { player.play(false); model.off("change:moment", follow); };
  },
};
