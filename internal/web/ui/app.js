// What every page runs: htmx, and the chart or editor code where the page has one. Without it every page still works:
// forms send themselves, charts are tables, the editor is a text field.
import "htmx.org/dist/htmx.esm.js";

async function enhance(root) {
  const charts = root.querySelectorAll("[data-chart]:not([data-drawn])");
  if (charts.length > 0) {
    const { draw } = await import("./charts.js");
    charts.forEach(draw);
  }
  const editor = root.querySelector("textarea[data-editor]");
  if (editor) {
    const { edit } = await import("./editor.js");
    edit(editor);
  }
  const slider = root.querySelector("input[data-slider]");
  if (slider) {
    const { slide } = await import("./slider.js");
    slide(slider);
  }
  const frame = root.querySelector("iframe[data-document]");
  if (frame) {
    const { unfold } = await import("./document.js");
    unfold(frame);
  }
}

// The headline comes when it comes; meanwhile the rest of the answer can be read.
function busy(on) {
  return (event) => event.target?.id === "headline" || document.getElementById("answer")?.setAttribute("aria-busy", on);
}

document.addEventListener("htmx:before:request", busy("true"));
document.addEventListener("htmx:finally:request", busy("false"));
// A page that was opened before all its answers were there asks for itself again. Whoever has typed or chosen something meanwhile, or went on to
// another address, keeps what is there.
let typed = false;
document.addEventListener("input", () => (typed = true));
document.addEventListener("htmx:before:swap", (event) => {
  const late = event.target;
  if (late.id !== "late") return;
  const here = late.getAttribute("hx-get");
  if (!typed && location.pathname + location.search === here) return;
  event.preventDefault();
  late.replaceChildren("The other answers are there: ", Object.assign(document.createElement("a"), { href: here, textContent: "show them" }));
});
document.addEventListener("htmx:after:swap", () => enhance(document));
enhance(document);
