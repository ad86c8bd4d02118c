package owner

import (
	"net/http"
	"regexp"
	"strings"
	"testing"
)

// everyPage is the table of pages that a browser can open, with what each must say.
var everyPage = []struct {
	path   string
	status int
	says   []string
}{
	{"/", 200, []string{"Hello, Dana", "Golf", "Can get in now", "UPS", "You have no voice PIN yet"}},
	{"/access", 200, []string{"Take back", "Today, 1:00 PM to 6:00 PM", "Sam &lt;b&gt;", "Used"}},
	{"/access/revoke?car=veh_golf&grant=grt_1", 200, []string{"Take access back?", "UPS will not be able to open the trunk of the Golf"}},
	{"/access/revoke?car=veh_golf&grant=grt_9", 404, []string{"It is not there any more", "ref-"}},
	{"/access/block?car=veh_golf", 200, []string{"Block the Golf?"}},
	{"/access/block?car=veh_of_somebody_else", 404, []string{"It is not there any more"}},
	{"/access/unblock?car=veh_golf", 200, []string{"is not blocked"}},
	{"/pin", 200, []string{"New PIN", "The same PIN again", "Not set"}},
	{"/history", 200, []string{"UPS learned the exact place of the car.", "UPS learned the area around the car, not the exact place.", "Yesterday", "You gave UPS access."}},
	{"/history?seen=1&car=veh_golf&days=1", 200, []string{"UPS learned the exact place"}},
	{"/history?car=veh_bolt&days=twelve", 200, []string{"Nothing happened in the last 7 days."}},
	{"/settings", 200, []string{"Default car", "Ask for the PIN before Alexa says where a car is", "Chevrolet Bolt 2023"}},
	{"/privacy", 200, []string{"Download everything", "No Alexa user is linked"}},
	{"/privacy/delete", 200, []string{"Sign in again", "What stays"}},
	{"/signed-out", 200, []string{"You are signed out"}},
	{"/deleted", 200, []string{"Everything here is deleted"}},
	{"/callback", 400, []string{"That sign-in is over", "ref-"}},
	{"/nothing-here", 404, []string{"There is no such page"}},
}

var (
	inputs   = regexp.MustCompile(`<(?:input|select)\b[^>]*>`)
	hidden   = regexp.MustCompile(`type="hidden"`)
	idOf     = regexp.MustCompile(` id="([^"]+)"`)
	describe = regexp.MustCompile(`aria-(?:describedby|labelledby)="([^"]+)"`)
	inline   = regexp.MustCompile(`(?i)<script|<style| style=| on[a-z]+=|javascript:|https?://`)
	title    = regexp.MustCompile(`<title>[^<]{3,} · Trunkpass</title>`)
)

// checkSheet is what must hold for every page.
func checkSheet(t *testing.T, s sheet) {
	t.Helper()
	for name, want := range map[string]string{
		"Content-Security-Policy": "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'",
		"Cache-Control":           "no-store", "Referrer-Policy": "no-referrer", "X-Content-Type-Options": "nosniff",
		"Content-Type": "text/html; charset=utf-8",
	} {
		if got := s.header.Get(name); got != want {
			t.Errorf("%s: %s is %q, want %q", s.url, name, got, want)
		}
	}
	for _, once := range []string{"<h1", "<main", "<header class", `<html lang="en">`} {
		if n := strings.Count(s.body, once); n != 1 {
			t.Errorf("%s: %s occurs %d times, want once", s.url, once, n)
		}
	}
	if !title.MatchString(s.body) {
		t.Errorf("%s: no title", s.url)
	}
	if bad := inline.FindString(s.body); bad != "" {
		t.Errorf("%s: the page has %q in it", s.url, bad)
	}
	ids := map[string]bool{}
	for _, m := range idOf.FindAllStringSubmatch(s.body, -1) {
		if ids[m[1]] {
			t.Errorf("%s: the id %q is given twice", s.url, m[1])
		}
		ids[m[1]] = true
	}
	for _, m := range describe.FindAllStringSubmatch(s.body, -1) {
		for _, id := range strings.Fields(m[1]) {
			if !ids[id] {
				t.Errorf("%s: something is described by %q, which is not there", s.url, id)
			}
		}
	}
	for _, field := range inputs.FindAllString(s.body, -1) {
		if hidden.MatchString(field) {
			continue
		}
		id := idOf.FindStringSubmatch(field)
		if id == nil || !strings.Contains(s.body, `<label for="`+id[1]+`"`) {
			t.Errorf("%s: no label for %s", s.url, field)
		}
	}
}

func TestEveryPage(t *testing.T) {
	w := newDesk(t)
	w.signIn()
	for _, page := range everyPage {
		s := w.get(page.path)
		s.want(t, page.status, page.says...)
		checkSheet(t, s)
	}
	if strings.Contains(w.log.String(), "secret-") {
		t.Errorf("a token is in the log: %s", w.log.String())
	}
}

func TestEveryPageWantsASignIn(t *testing.T) {
	w := newDesk(t)
	p := &page{}
	for _, r := range p.routes() {
		if r.serve == nil {
			continue
		}
		path := strings.ReplaceAll(r.path, "{$}", "")
		want := http.StatusUnauthorized
		if path == "/" {
			want = http.StatusOK
		}
		s := w.get(path)
		if r.method == http.MethodPost {
			s = w.postRaw(path, nil, nil)
		}
		s.want(t, want, "Sign in with your dongle account")
		checkSheet(t, s)
	}
	s := w.get("/access/revoke?car=a&grant=b")
	s.want(t, 401, `/owner/sign-in?then=%2faccess%2frevoke%3fcar%3da%26grant%3db`)
}

func TestStyle(t *testing.T) {
	w := newDesk(t)
	link := regexp.MustCompile(`href="/owner(/owner-[0-9a-f]{12}\.css)"`).FindStringSubmatch(w.get("/").body)
	if link == nil {
		t.Fatal("the page names no style sheet with a hash")
	}
	s := w.get(link[1])
	s.want(t, 200, "prefers-color-scheme: dark", ":focus-visible")
	if got, want := s.header.Get("Cache-Control"), "public, max-age=31536000, immutable"; got != want {
		t.Errorf("Cache-Control is %q, want %q", got, want)
	}
	for _, far := range []string{"url(", "@import", "//"} {
		if strings.Contains(s.body, far) {
			t.Errorf("the style sheet has %q in it", far)
		}
	}
}
