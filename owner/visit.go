package owner

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"mime"
	"net/http"
	"net/url"
	"time"

	"github.com/trunkpass/trunkpass/owner/pages"
	"github.com/trunkpass/trunkpass/owner/session"
	"github.com/trunkpass/trunkpass/vehicle"
)

const (
	maxForm = 64 << 10        // bytes: a hundred nicknames fit
	budget  = 8 * time.Second // of one page, the cloud's answers included
)

// visit is one request of somebody who is signed in.
type visit struct {
	query, form url.Values
	session     *session.Session
	now         time.Time
	zone        *time.Location
	told        string // the notice that this page shows
}

func (v *visit) token() vehicle.Token { return v.session.Access }

func (v *visit) fresh() bool { return v.session.Fresh(v.now) }

// answer is what a page answers: a page to show, another to go to, or a file.
type answer struct {
	status int    // 0 means 200
	page   string // of owner/pages
	view   any
	to     string // a path below the page, to go to instead
	notice string // shown by the next page
	leave  string // an address of the cloud, to go to instead
	file   *file
	ended  bool // the session is over
}

// file is something to keep.
type file struct {
	name, media string
	data        []byte
}

// handler answers one route.
func (p *page) handler(rt route) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		ctx, cancel := context.WithTimeout(r.Context(), budget)
		defer cancel()
		if rt.free != nil {
			a, err := rt.free(ctx, w, r)
			if err != nil {
				a = p.explain(r, err)
			}
			p.write(w, r, nil, a)
			return
		}
		p.withSession(ctx, w, r, rt)
	})
}

// withSession answers a page that needs somebody to be signed in, and writes their cookie anew if anything about the
// session has changed.
func (p *page) withSession(ctx context.Context, w http.ResponseWriter, r *http.Request, rt route) {
	s, ok := p.keeper.Open(r)
	if !ok {
		p.write(w, r, nil, p.welcome(r, http.StatusUnauthorized, ""))
		return
	}
	before := s
	if r.Method == http.MethodPost {
		if err := readForm(w, r); err != nil || !p.keeper.CheckForm(s, r.PostForm.Get("token")) {
			p.write(w, r, &s, p.explain(r, errForm))
			return
		}
	}
	v := &visit{query: r.URL.Query(), form: r.PostForm, session: &s, now: p.Now().UTC(), zone: zoneOf(s.Zone)}
	a, err := p.ask(ctx, v, rt)
	if err != nil {
		a = p.explain(r, err)
	}
	if a.ended {
		p.keeper.Forget(w)
		p.write(w, r, nil, a)
		return
	}
	switch {
	case a.notice != "":
		s.Notice = a.notice
	case a.page != "":
		v.told, s.Notice = s.Notice, ""
	}
	if p.keeper.Touch(&s); s != before {
		if err := p.keeper.Save(w, s); err != nil {
			a = p.explain(r, err)
		}
	}
	p.write(w, r, &s, a, v.told)
}

// ask runs the page with a token that works. A cloud may end one before its time, so a page that is told so is run
// again with a new one; all that pages do can be done twice.
func (p *page) ask(ctx context.Context, v *visit, rt route) (answer, error) {
	renewed := p.keeper.Stale(*v.session)
	if renewed {
		if err := p.keeper.Renew(ctx, v.session); err != nil {
			return answer{}, err
		}
	}
	a, err := rt.serve(ctx, v)
	if kind, _ := vehicle.KindOf(err); err == nil || kind != vehicle.NotLinked || renewed {
		return a, err
	}
	if err := p.keeper.Renew(ctx, v.session); err != nil {
		return answer{}, err
	}
	return rt.serve(ctx, v)
}

// confirm asks the cloud whether the session still stands. What is shown or changed here without the cloud's help needs it.
func (p *page) confirm(ctx context.Context, v *visit) error {
	o, err := p.Who.Owner(ctx, v.token())
	if err != nil {
		return err
	}
	if o.ID != v.session.Owner {
		return session.ErrEnded
	}
	return nil
}

var errForm = errors.New("form of another page, or of an earlier session")

// readForm reads a form of bounded size and of the one kind that our pages send.
func readForm(w http.ResponseWriter, r *http.Request) error {
	r.Body = http.MaxBytesReader(w, r.Body, maxForm)
	media, _, err := mime.ParseMediaType(r.Header.Get("Content-Type"))
	if err != nil || media != "application/x-www-form-urlencoded" {
		return errForm
	}
	return r.ParseForm()
}

// write carries an answer out. A page is made in full before its first byte is sent.
func (p *page) write(w http.ResponseWriter, r *http.Request, s *session.Session, a answer, told ...string) {
	switch {
	case a.leave != "":
		http.Redirect(w, r, a.leave, http.StatusSeeOther)
		return
	case a.to != "":
		http.Redirect(w, r, p.base+a.to, http.StatusSeeOther)
		return
	case a.file != nil:
		w.Header().Set("Content-Type", a.file.media)
		w.Header().Set("Content-Disposition", mime.FormatMediaType("attachment", map[string]string{"filename": a.file.name}))
		_, _ = w.Write(a.file.data) // whoever hung up does not need it
		return
	}
	f := pages.Frame{Page: a.page, Base: p.base, Body: a.view}
	if s != nil {
		f.Name, f.Token, f.Zone = s.Name, p.keeper.FormToken(*s), zoneText(p.Now(), zoneOf(s.Zone))
		f.SignedIn = true
	}
	for _, t := range told {
		f.Notice = t
	}
	var b bytes.Buffer
	if err := pages.Render(&b, f); err != nil {
		p.Log.ErrorContext(r.Context(), "render page", slog.String("page", a.page), slog.Any("err", err))
		http.Error(w, "This page could not be made. Please try again.", http.StatusInternalServerError)
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	if a.status != 0 {
		w.WriteHeader(a.status)
	}
	_, _ = b.WriteTo(w) // whoever hung up does not need it
}

// headers are the rules that hold for every answer. Nothing may run, nothing may come from elsewhere, nobody may
// frame the page, no address of it leaks, and no cache keeps what it shows.
func (p *page) headers(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		h := w.Header()
		h.Set("Content-Security-Policy", "default-src 'none'; style-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'")
		h.Set("Referrer-Policy", "no-referrer")
		h.Set("X-Content-Type-Options", "nosniff")
		h.Set("X-Frame-Options", "DENY")
		h.Set("Cross-Origin-Opener-Policy", "same-origin")
		h.Set("Cross-Origin-Resource-Policy", "same-origin")
		h.Set("Permissions-Policy", "camera=(), geolocation=(), microphone=()")
		h.Set("Cache-Control", "no-store")
		if p.secure {
			h.Set("Strict-Transport-Security", "max-age=31536000")
		}
		next.ServeHTTP(w, r)
	})
}
