// Package session knows who is signed in to the owner page, without keeping anything on the server: what a session
// is stands in a cookie that only the server can read or make.
//
// [Keeper.Begin] sends a browser to the dongle cloud's authorization server, [Keeper.Finish] receives it back
// (authorization code with PKCE, RFC 7636, and state), [Keeper.Start] and [Keeper.Open] write and read the session's
// cookie. A function that is started anew for each request needs no table of sessions, and no session can be
// planted: whoever signs in gets a new one, sealed for them.
//
// The neighbor is package owner, which decides what a session may do. This package knows tokens and no PIN.
package session

import (
	"crypto/rand"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// How long a session lives by default. A phone that lies open on a table is the danger, so idleness ends it soon.
const (
	DefaultIdle     = 30 * time.Minute
	DefaultAbsolute = 12 * time.Hour
	// ProofLife is how long a password that was asked for anew proves that the owner is at the screen.
	ProofLife = 5 * time.Minute
)

const (
	// signInLife is how long somebody may take to sign in at the cloud.
	signInLife = 10 * time.Minute
	// clockSkew is how far the cloud's clock may be from ours where it proves something.
	clockSkew = 10 * time.Second
	// touchEvery is how often idleness is measured anew, so that not every answer carries a cookie.
	touchEvery = time.Minute
	// maxCookie is what browsers keep of one cookie, name and attributes included (RFC 6265 section 6.1), less
	// what those take.
	maxCookie = 3900
)

// The errors that a caller tells apart.
var (
	// ErrEnded means that the cloud does not honor the session any more: sign in again.
	ErrEnded = errors.New("the sign-in has ended")
	// ErrCloud means that the authorization server cannot be reached or speaks nonsense; trying again may help.
	ErrCloud = errors.New("the authorization server does not answer")
	// ErrStale means that what came back from the cloud belongs to no sign-in of this browser, or to one that
	// took too long.
	ErrStale = errors.New("not a sign-in that this browser began")
	// ErrRefused means that the owner, or the cloud, said no.
	ErrRefused = errors.New("the sign-in was refused")
)

// Session is what the cookie holds. Instants are UTC.
type Session struct {
	ID      string        `json:"i"` // new with every sign-in; form tokens hang on it
	Owner   string        `json:"o"`
	Name    string        `json:"n,omitempty"`
	Zone    string        `json:"z,omitempty"` // IANA name of the owner's time zone
	Access  vehicle.Token `json:"a"`
	Refresh vehicle.Token `json:"r,omitempty"`
	// Expires is when the access token runs out; zero if the cloud did not say.
	Expires  time.Time `json:"e,omitzero"`
	SignedIn time.Time `json:"s"`
	Seen     time.Time `json:"u"`
	// Proved is when the owner gave the password in a sign-in that was asked for anew, as the cloud says; zero if that
	// never happened.
	Proved time.Time `json:"p,omitzero"`
	// Notice is a word that the next page shows once.
	Notice string `json:"m,omitempty"`
}

// LogValue tells that there is a session, and hides whose.
func (s Session) LogValue() slog.Value { return slog.StringValue("[session]") }

// Fresh reports whether the owner has proved within [ProofLife] to be at the screen.
func (s Session) Fresh(now time.Time) bool {
	age := now.Sub(s.Proved)
	return !s.Proved.IsZero() && age >= 0 && age <= ProofLife
}

// Options say who keeps sessions for which page. Idle, Absolute and HTTP have defaults; all else is required.
type Options struct {
	// Issuer is the dongle cloud's authorization server (RFC 8414): https, or http on a loopback address.
	Issuer                 string
	ClientID, ClientSecret string
	Scopes                 []string
	// Redirect is the page's own address for coming back, as it is registered with the cloud.
	Redirect string
	// Keys are secrets of 32 bytes. The first one seals; all of them open, so that a key can be rotated.
	Keys [][]byte
	// Path is the folder of the page, "/owner/"; it limits the cookies where the browser allows that.
	Path string
	// Secure says that the page is reached over https, which is all but loopback.
	Secure         bool
	Idle, Absolute time.Duration
	HTTP           *http.Client
	Now            func() time.Time
}

// Keeper keeps sessions. It is safe for concurrent use, and any number of Keepers in any number of processes
// with the same keys keep the same sessions.
type Keeper struct {
	Options
	box   *box
	cloud *cloud
}

// New checks the options; nothing is sent.
func New(o Options) (*Keeper, error) {
	if o.Idle == 0 {
		o.Idle = DefaultIdle
	}
	if o.Absolute == 0 {
		o.Absolute = DefaultAbsolute
	}
	if o.Idle < 0 || o.Absolute < o.Idle {
		return nil, errors.New("sessions: the idle time-out is negative or longer than the absolute one")
	}
	if o.Now == nil {
		return nil, errors.New("sessions: no clock")
	}
	box, err := newBox(o.Keys)
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	cloud, err := newCloud(o)
	if err != nil {
		return nil, fmt.Errorf("sessions: %w", err)
	}
	return &Keeper{Options: o, box: box, cloud: cloud}, nil
}

// The purposes of sealed values; one is never taken for another.
const (
	forSession = "session"
	forSignIn  = "sign-in"
	forForms   = "form"
)

// cookieName is the name of the cookie of one purpose. __Host- makes a browser refuse the cookie from anybody but this
// host over https (RFC 6265bis section 4.1.3.2); it demands the Path / and Secure.
func (k *Keeper) cookieName(purpose string) string {
	name := "trunkpass-" + purpose
	if k.Secure {
		return "__Host-" + name
	}
	return name
}

// setCookie writes a cookie for life, or removes it for a life of zero. SameSite is Lax and not Strict, because the
// way back from the cloud is a navigation from another site.
func (k *Keeper) setCookie(w http.ResponseWriter, purpose, value string, life time.Duration) {
	c := &http.Cookie{
		Name: k.cookieName(purpose), Value: value, Path: k.Path, HttpOnly: true, Secure: k.Secure,
		SameSite: http.SameSiteLaxMode, MaxAge: int(life / time.Second),
	}
	if k.Secure {
		c.Path = "/"
	}
	if life <= 0 {
		c.MaxAge = -1
	}
	http.SetCookie(w, c)
}

// readCookie opens the cookie of one purpose into v. A cookie that is missing, too long, not ours or of another
// purpose is none.
func (k *Keeper) readCookie(r *http.Request, purpose string, v any) bool {
	c, err := r.Cookie(k.cookieName(purpose))
	if err != nil || len(c.Value) > maxCookie {
		return false
	}
	plain, ok := k.box.open(purpose, c.Value)
	return ok && json.Unmarshal(plain, v) == nil
}

// Open reads the session of a request; ok is false without one, and for one that has been idle or alive too long.
func (k *Keeper) Open(r *http.Request) (s Session, ok bool) {
	if !k.readCookie(r, forSession, &s) || s.ID == "" || s.Owner == "" || s.Access == "" {
		return Session{}, false
	}
	now := k.Now()
	idle, age := now.Sub(s.Seen), now.Sub(s.SignedIn)
	if idle < -time.Minute || idle >= k.Idle || age >= k.Absolute {
		return Session{}, false
	}
	return s, true
}

// Start makes a session of an arrival and writes its cookie. o is what the cloud answers to the token that arrived; it alone
// proves that the owner was asked anew.
func (k *Keeper) Start(w http.ResponseWriter, a Arrival, o vehicle.Owner) (Session, error) {
	now := k.Now().UTC()
	s := Session{
		ID: rand.Text(), Owner: o.ID, Name: o.Name, Access: a.Access, Refresh: a.Refresh, Expires: a.Expires,
		SignedIn: now, Seen: now,
	}
	if o.Zone != nil {
		s.Zone = o.Zone.String()
	}
	s.Proved = a.proof(o, now)
	return s, k.Save(w, s)
}

// Save writes the session's cookie.
func (k *Keeper) Save(w http.ResponseWriter, s Session) error {
	plain, err := json.Marshal(s)
	if err != nil {
		return fmt.Errorf("save session: %w", err)
	}
	value := k.box.seal(forSession, plain)
	if len(value) > maxCookie {
		return errors.New("save session: the cloud's tokens are too long for a cookie")
	}
	k.setCookie(w, forSession, value, k.Absolute)
	return nil
}

// Touch tells whether the session should be saved because time has passed, and notes that it was seen.
func (k *Keeper) Touch(s *Session) bool {
	now := k.Now().UTC()
	if now.Sub(s.Seen) < touchEvery {
		return false
	}
	s.Seen = now
	return true
}

// Forget removes the session's cookie from the browser.
func (k *Keeper) Forget(w http.ResponseWriter) { k.setCookie(w, forSession, "", 0) }

// FormToken is what a form of this session carries, so that no other page can send it.
func (k *Keeper) FormToken(s Session) string { return k.box.sign(forForms, s.ID) }

// CheckForm reports whether a token is this session's.
func (k *Keeper) CheckForm(s Session, token string) bool { return k.box.signed(forForms, s.ID, token) }

// local reports whether a way back stays on the page: a path below it and a query, and nothing that a browser
// might take for another site.
func local(then string) bool {
	return strings.HasPrefix(then, "/") && !strings.HasPrefix(then, "//") && !strings.ContainsAny(then, "\\\r\n\t")
}
