// The time slider replays how the teams moved: it tells a path chart up to which label to draw.

/** slide connects a range input with the chart that its data-slider names. */
export function slide(input) {
  if (input.dataset.connected !== undefined) return;
  input.dataset.connected = "";
  const chart = document.getElementById(input.dataset.slider);
  const output = document.querySelector(`output[for="${input.id}"]`);
  const labels = JSON.parse(input.dataset.labels);
  const show = () => {
    const label = labels[Number(input.value)];
    chart.dataset.until = label;
    output.textContent = label;
    input.setAttribute("aria-valuetext", label);
    const url = new URL(location.href);
    url.searchParams.set("until", label);
    if (input.dataset.touched !== undefined) history.replaceState(history.state, "", url);
  };
  input.addEventListener("input", () => { input.dataset.touched = ""; show(); });
  show();
}
