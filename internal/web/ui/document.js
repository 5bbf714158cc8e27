// A report within a page: as high as it is long, and its links lead out of the frame.

/** unfold connects a frame with what stands in its place until it is there. */
export function unfold(frame) {
  if (frame.dataset.connected !== undefined) return;
  frame.dataset.connected = "";
  const coming = document.getElementById(frame.dataset.document);
  const fit = () => {
    const inside = frame.contentDocument;
    if (!inside?.body || inside.URL === "about:blank") return;
    if (coming) coming.hidden = true;
    for (const a of inside.querySelectorAll("a[href]:not([href^='#'])")) a.target = "_top";
    // The body's own height: that of the document is never less than the frame's, which would only ever grow.
    frame.style.height = `${Math.ceil(inside.body.getBoundingClientRect().height) + 48}px`;
  };
  frame.addEventListener("load", fit);
  let width = 0;
  new ResizeObserver(() => {
    if (frame.clientWidth === width) return;
    width = frame.clientWidth;
    fit();
  }).observe(frame);
  if (frame.contentDocument?.readyState === "complete") fit();
}
