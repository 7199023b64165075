// The picker, as you type. Without this file the search form asks the server.
const box = document.getElementById("q");
const list = document.getElementById("people");

if (box && list) {
  const none = document.getElementById("none");
  const lines = [...list.children].map((li) => [li, fold(li.textContent)]);
  const filter = () => {
    const words = fold(box.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    for (const [li, text] of lines) {
      li.hidden = !words.every((w) => text.includes(w));
      shown += !li.hidden;
    }
    none.hidden = shown > 0;
  };
  box.addEventListener("input", filter);
  addEventListener("pageshow", () => box.value !== box.defaultValue && filter());
  document.addEventListener("keydown", (e) => {
    if (e.key === "/" && document.activeElement !== box && !e.ctrlKey && !e.metaKey && !e.altKey) {
      e.preventDefault();
      box.focus();
    }
  });
}

function fold(s) {
  return s.normalize("NFKC").toLowerCase();
}
