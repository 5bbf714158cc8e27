// The SQL editor: CodeMirror over the form's text field, with completion of the views and their columns. The field stays
// what is sent; Control-Enter sends it.
import { basicSetup, EditorView } from "codemirror";
import { sql, StandardSQL } from "@codemirror/lang-sql";
import { HighlightStyle, syntaxHighlighting } from "@codemirror/language";
import { Prec } from "@codemirror/state";
import { keymap } from "@codemirror/view";
import { tags } from "@lezer/highlight";

// The colours are those of the style sheet, so that they follow light and dark.
const colors = HighlightStyle.define([
  { tag: tags.keyword, color: "var(--code-keyword)" },
  { tag: [tags.string, tags.special(tags.string)], color: "var(--code-string)" },
  { tag: [tags.number, tags.bool, tags.null], color: "var(--code-number)" },
  { tag: [tags.lineComment, tags.blockComment], color: "var(--faint)" },
]);

const look = EditorView.theme({
  "&": { backgroundColor: "var(--page)", color: "var(--text)", border: "1px solid var(--control)" },
  "&.cm-focused": { outline: "2px solid var(--link)" },
  ".cm-content": { fontFamily: "ui-monospace, monospace", fontSize: "0.9rem", caretColor: "var(--text)", minHeight: "8rem" },
  ".cm-gutters": { backgroundColor: "var(--soft)", color: "var(--faint)", border: "none" },
  ".cm-activeLine, .cm-activeLineGutter": { backgroundColor: "transparent" },
  "&.cm-focused > .cm-scroller > .cm-selectionLayer .cm-selectionBackground, .cm-selectionBackground": { backgroundColor: "var(--select)" },
  ".cm-tooltip": { backgroundColor: "var(--soft)", color: "var(--text)", border: "1px solid var(--line)" },
});

/** edit lays the editor over a text field. */
export function edit(field) {
  if (field.dataset.edited !== undefined) return;
  field.dataset.edited = "";
  const described = JSON.parse(document.getElementById(field.dataset.editor).textContent);
  const schema = Object.fromEntries(described.map((v) => [v.name, {
    self: { label: v.name, type: "type", info: v.row },
    children: v.columns.map((c) => ({ label: c.name, type: "property", detail: c.type, info: c.comment })),
  }]));
  const nonce = document.querySelector("script[nonce]").nonce;
  const view = new EditorView({
    doc: field.value,
    extensions: [
      Prec.highest(keymap.of([{ key: "Mod-Enter", run: () => { field.form.requestSubmit(); return true; } }])),
      basicSetup,
      sql({ dialect: StandardSQL, schema, upperCaseKeywords: true }),
      syntaxHighlighting(colors),
      look,
      EditorView.lineWrapping,
      EditorView.cspNonce.of(nonce),
      EditorView.contentAttributes.of({ "aria-label": "SQL statement" }),
      EditorView.updateListener.of((u) => { if (u.docChanged) field.value = u.state.doc.toString(); }),
    ],
  });
  field.hidden = true;
  field.before(view.dom);
  // The catalogue beside the editor puts a name where the cursor is.
  document.addEventListener("click", (e) => {
    const name = e.target.closest?.("[data-insert]")?.dataset.insert;
    if (!name) return;
    view.dispatch(view.state.replaceSelection(name));
    view.focus();
  });
}
