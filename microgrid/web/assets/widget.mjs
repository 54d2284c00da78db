// The page in a frame, as a widget: its numbers are those of the model, on both sides.
export default {
  render({ model, el }) {
    const frame = document.createElement("iframe");
    frame.sandbox.add("allow-scripts");
    Object.assign(frame.style, { width: "100%", height: `${model.get("height")}px`, border: "0" });
    frame.srcdoc = model.get("html");
    const isDark = () => {
      const says = document.body.dataset.jpThemeLight;
      return says ? says === "false" : document.body.classList.contains("vscode-dark") || document.documentElement.getAttribute("theme") === "dark";
    };
    const send = (said) => frame.contentWindow?.postMessage(said, "*");
    const told = () => send({ microgrid: "numbers", numbers: model.get("numbers") });
    const heard = ({ source, data }) => {
      if (source !== frame.contentWindow) return;
      if (data?.microgrid === "ready") { send({ microgrid: "theme", theme: isDark() ? "dark" : "light" }); told(); }
      if (data?.microgrid === "numbers") { model.set("numbers", data.numbers); model.save_changes(); }
    };
    addEventListener("message", heard);
    model.on("change:numbers", told);
    el.append(frame);
    return () => { removeEventListener("message", heard); model.off("change:numbers", told); };
  },
};
