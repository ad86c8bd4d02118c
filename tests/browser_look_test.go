package tests

import (
	"flag"
	"os"
	"path/filepath"
	"testing"
)

// screenshots is where pictures of every page go: go test ./tests -run TestOwnerPageInChromium -screenshots=DIR.
var screenshots = flag.String("screenshots", os.Getenv("TRUNKPASS_SCREENSHOTS"), "folder for pictures of the owner page")

// inspect lists what keeps people from using a page: text that is too faint (WCAG 2.2, 1.4.3: 4.5 to 1), fields
// without a label (4.1.2), headings out of order (1.3.1), targets under 44 px (2.5.5), a page wider than the window
// (1.4.10), and what is described by nothing.
const inspect = `(() => {
  const wrong = [];
  const name = e => e.tagName.toLowerCase() + (e.id ? "#" + e.id : "") + " " + JSON.stringify((e.textContent || "").trim().slice(0, 40));
  const channels = c => (c.match(/[\d.]+/g) || []).map(Number);
  const light = ([r, g, b]) => { const f = v => (v /= 255) <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; return 0.2126*f(r) + 0.7152*f(g) + 0.0722*f(b); };
  const ground = e => { for (; e; e = e.parentElement) { const c = channels(getComputedStyle(e).backgroundColor); if (c.length === 3 || c[3] === 1) return c; } return [255, 255, 255]; };
  const shown = e => e.checkVisibility({visibilityProperty: true}) && !e.closest(".unseen, .skip");
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walk.nextNode()) {
    const e = walk.currentNode.parentElement;
    if (!walk.currentNode.data.trim() || !shown(e)) continue;
    const [a, b] = [light(channels(getComputedStyle(e).color)), light(ground(e))];
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) wrong.push("contrast " + contrast.toFixed(2) + " of " + name(e));
  }
  for (const e of document.querySelectorAll("input:not([type=hidden]), select")) {
    if (!e.labels.length) wrong.push("no label for " + name(e));
    for (const id of (e.getAttribute("aria-describedby") || "").split(" ")) if (id && !document.getElementById(id)) wrong.push("described by nothing: " + id);
  }
  for (const e of document.querySelectorAll("a, button")) if (!e.textContent.trim()) wrong.push("no name for " + name(e));
  let level = 0;
  for (const e of document.querySelectorAll("h1, h2, h3, h4")) {
    const n = Number(e.tagName[1]);
    if (n > level + 1) wrong.push("heading out of order: " + name(e));
    level = n;
  }
  for (const e of document.querySelectorAll(".button, button, nav a, .brand, select, summary, .check, input:not([type=hidden]):not([type=checkbox])")) {
    const box = e.getBoundingClientRect();
    if (shown(e) && (box.height < 44 || box.width < 44)) wrong.push("target of " + Math.round(box.width) + "x" + Math.round(box.height) + ": " + name(e));
  }
  for (const mark of ["header.top", "main", "footer"]) if (document.querySelectorAll(mark).length !== 1) wrong.push("not one " + mark);
  if (document.documentElement.lang !== "en") wrong.push("no language");
  if (document.documentElement.scrollWidth > innerWidth) wrong.push("wider than the window: " + document.documentElement.scrollWidth + " px");
  if (document.scripts.length || document.querySelector("[style]")) wrong.push("a script or an inline style");
  return wrong;
})()`

// check inspects the page that a window shows, in light and in dark.
func (w *window) check(name string) {
	w.t.Helper()
	for _, scheme := range []string{"light", "dark"} {
		w.color(scheme)
		for _, what := range ask[[]string](w, inspect) {
			w.t.Errorf("%s in %s: %s", name, scheme, what)
		}
	}
}

// look inspects the page that a window shows at every size, and takes pictures if they are wanted.
func (w *window) look(name string) {
	w.t.Helper()
	for _, s := range []size{phone, desktop} {
		w.resize(s.width, s.height, s.mobile)
		w.check(name + " on a " + s.name)
		if *screenshots == "" {
			continue
		}
		// The whole page in one picture: a window as high as what it shows.
		w.resize(s.width, max(ask[int64](w, `document.documentElement.scrollHeight`), s.height), s.mobile)
		for _, scheme := range []string{"light", "dark"} {
			w.color(scheme)
			save(w.t, name+"-"+s.name+"-"+scheme+".png", w.photograph())
		}
	}
	w.resize(phone.width, phone.height, phone.mobile)
}

func save(t *testing.T, name string, picture []byte) {
	t.Helper()
	if err := os.MkdirAll(*screenshots, 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(*screenshots, name), picture, 0o600); err != nil {
		t.Fatal(err)
	}
}
