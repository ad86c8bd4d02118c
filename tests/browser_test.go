package tests

import (
	"context"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// browserNames are what Chromium may be called on a machine.
var browserNames = []string{"chromium", "chromium-browser", "google-chrome", "chrome"}

// browserTime is how long one step in the browser may take on a busy machine.
const browserTime = 15 * time.Second

// startBrowser starts the one Chromium of a test run; its windows share nothing but the process.
func startBrowser(t *testing.T) context.Context {
	t.Helper()
	path := ""
	for _, name := range browserNames {
		if found, err := exec.LookPath(name); err == nil && path == "" {
			path = found
		}
	}
	if path == "" {
		t.Fatal("the owner page is tested in Chromium, and there is none: apt-get install -y --no-install-recommends chromium")
	}
	flags := append([]chromedp.ExecAllocatorOption{}, chromedp.DefaultExecAllocatorOptions[:]...)
	flags = append(flags,
		chromedp.ExecPath(path), chromedp.Flag("headless", "new"), chromedp.NoSandbox, chromedp.DisableGPU, chromedp.UserDataDir(t.TempDir()),
		chromedp.Flag("disable-quic", true), chromedp.Flag("disable-component-update", true), chromedp.Flag("lang", "en-US"),
	)
	allocated, stop := chromedp.NewExecAllocator(context.Background(), flags...)
	ctx, cancel := chromedp.NewContext(allocated)
	t.Cleanup(func() {
		_ = chromedp.Cancel(ctx) // waits for the process, so that its folder can be removed
		cancel()
		stop()
	})
	if err := chromedp.Do(ctx); err != nil {
		t.Fatalf("start %s: %v", path, err)
	}
	return ctx
}

// window is one browser window with its own cookies, and what a person does in it.
type window struct {
	t    *testing.T
	ctx  context.Context
	base string // the owner page
}

// size is what a page is looked at on.
type size struct {
	name          string
	width, height int64
	mobile        bool
}

var (
	phone   = size{"phone", 390, 844, true}
	desktop = size{"desktop", 1280, 900, false}
)

// openWindow opens a window of a size. Scripts of pages are off, as they are for everybody: the page has none.
func openWindow(t *testing.T, chromium context.Context, base string, s size) *window {
	t.Helper()
	ctx, cancel := chromedp.NewContext(chromium, chromedp.WithNewBrowserContext())
	t.Cleanup(cancel)
	w := &window{t: t, ctx: ctx, base: base}
	if err := chromedp.Do(ctx); err != nil { // not under a deadline: the first step makes the window
		t.Fatalf("open a window: %v", err)
	}
	w.run("open a window", tell(emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: true}))
	w.resize(s.width, s.height, s.mobile)
	return w
}

// step is something done in a window.
type step = chromedp.Action[chromedp.Void]

// tell is a command of the protocol as a step.
func tell[P, R any](command cdp.Command[P, R], params P) step {
	return chromedp.Func(func(ctx context.Context, t *chromedp.Target) error {
		_, err := cdp.Call(ctx, t, command, params)
		return err
	})
}

func (w *window) resize(width, height int64, mobile bool) {
	w.t.Helper()
	w.run("resize the window", tell(emulation.SetDeviceMetricsOverride,
		emulation.SetDeviceMetricsOverrideParams{Width: width, Height: height, DeviceScaleFactor: 2, Mobile: mobile}))
}

// color asks for light or dark pages.
func (w *window) color(scheme string) {
	w.t.Helper()
	w.run("choose "+scheme, tell(emulation.SetEmulatedMedia,
		emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{{Name: "prefers-color-scheme", Value: scheme}}}))
}

// ask evaluates an expression about the page, as the tools of a developer do; the page's own scripts stay off.
func ask[T any](w *window, expression string) T {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, browserTime)
	defer cancel()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](expression))
	if err != nil {
		w.t.Fatalf("look at the page: %v", err)
	}
	return v
}

// run takes steps, and fails the test with what the window shows if one of them does not succeed.
func (w *window) run(what string, steps ...step) {
	w.t.Helper()
	if err := w.try(steps...); err != nil {
		w.t.Fatalf("%s: %v\nthe window shows:\n%s", what, err, w.text())
	}
}

func (w *window) try(steps ...step) error {
	ctx, cancel := context.WithTimeout(w.ctx, browserTime)
	defer cancel()
	return chromedp.Do(ctx, steps...)
}

// follow takes steps that lead to another page, and waits for it.
func (w *window) follow(what string, steps ...step) {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, browserTime)
	defer cancel()
	if _, err := chromedp.RunResponse(ctx, steps...); err != nil {
		w.t.Fatalf("%s: %v\nthe window shows:\n%s", what, err, w.text())
	}
}

// open goes to a path of the owner page.
func (w *window) open(path string) {
	w.t.Helper()
	w.follow("open "+path, chromedp.Navigate(w.base+path))
}

// named is the XPath of a link or button with a name, its hidden words included.
func named(name string) chromedp.Search {
	return chromedp.Search(fmt.Sprintf(`//a[normalize-space()=%[1]q] | //button[normalize-space()=%[1]q] | //summary[normalize-space()=%[1]q]`, name))
}

// press presses a link or button that leads to another page.
func (w *window) press(name string) {
	w.t.Helper()
	w.follow("press "+name, chromedp.Click(named(name)))
}

// field is the XPath of what a label names.
func field(label string) chromedp.Search {
	return chromedp.Search(fmt.Sprintf(`//*[@id=(//label[normalize-space()=%q]/@for)]`, label))
}

// fill types into the field of a label, over what was in it.
func (w *window) fill(label, text string) {
	w.t.Helper()
	w.run("go to "+label, chromedp.Click(field(label)))
	ask[bool](w, `(document.activeElement.select(), true)`)
	w.run("fill in "+label, chromedp.KeyEvent(text))
}

// pick chooses from the list of a label.
func (w *window) pick(label, value string) {
	w.t.Helper()
	w.run("go to "+label, chromedp.Focus(field(label)))
	if got := ask[string](w, fmt.Sprintf(`document.activeElement.value = %q`, value)); got != value {
		w.t.Fatalf("%s offers no %q", label, value)
	}
}

// text is what the window shows.
func (w *window) text() string {
	ctx, cancel := context.WithTimeout(w.ctx, browserTime)
	defer cancel()
	text, err := chromedp.Run(ctx, chromedp.Evaluate[string](`document.title + "\n" + document.body.innerText`))
	if err != nil {
		return err.Error()
	}
	return text
}

// says fails unless the window shows all the texts.
func (w *window) says(texts ...string) {
	w.t.Helper()
	shown := strings.Join(strings.Fields(w.text()), " ")
	for _, text := range texts {
		if !strings.Contains(shown, text) {
			w.t.Errorf("the window does not say %q:\n%s", text, w.text())
		}
	}
}

// tabTo presses Tab until what has the focus has a name, as somebody without a mouse does.
func (w *window) tabTo(name string) {
	w.t.Helper()
	const focused = `(e => e.labels && e.labels.length ? e.labels[0].innerText : e.textContent)(document.activeElement).replace(/\s+/g, " ").trim()`
	var seen []string
	for range 40 {
		w.run("press Tab", chromedp.KeyEvent(kb.Tab))
		now := ask[string](w, focused)
		if now == name {
			return
		}
		seen = append(seen, now)
	}
	w.t.Fatalf("Tab never came to %q, only to %q", name, seen)
}

// enter presses Enter on what has the focus.
func (w *window) enter() {
	w.t.Helper()
	w.follow("press Enter", chromedp.KeyEvent(kb.Enter))
}

// download presses a link that hands over a file, and gives the file.
func (w *window) download(name string) []byte {
	w.t.Helper()
	folder, events := w.t.TempDir(), true
	ctx, cancel := context.WithTimeout(w.ctx, browserTime)
	defer cancel()
	progress := chromedp.Events(ctx, browser.DownloadProgress)
	w.run("press "+name,
		tell(browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{
			Behavior: browser.SetDownloadBehaviorBehaviorAllowAndName, DownloadPath: folder, EventsEnabled: &events,
			BrowserContextID: chromedp.FromContext(w.ctx).BrowserContextID,
		}),
		chromedp.Click(named(name)))
	for event, err := range progress {
		if err != nil || event.State == browser.DownloadProgressStateCanceled {
			w.t.Fatalf("download %s: %v", name, err)
		}
		if event.State == browser.DownloadProgressStateCompleted {
			data, err := os.ReadFile(filepath.Join(folder, event.GUID))
			if err != nil {
				w.t.Fatal(err)
			}
			return data
		}
	}
	w.t.Fatalf("download %s: it never ended", name)
	return nil
}

// photograph gives a picture of what the window shows.
func (w *window) photograph() []byte {
	w.t.Helper()
	ctx, cancel := context.WithTimeout(w.ctx, browserTime)
	defer cancel()
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		w.t.Fatalf("take a picture: %v", err)
	}
	return picture
}
