package session

import (
	"context"
	"crypto/hmac"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"net/http"
	"time"

	"golang.org/x/oauth2"

	"github.com/trunkpass/trunkpass/vehicle"
)

// signIn is one sign-in under way. It waits in a sealed cookie of the browser that began it, so that nobody can be
// signed in as somebody else by a link.
type signIn struct {
	State    string    `json:"s"`
	Verifier string    `json:"v"`
	Then     string    `json:"t"`
	Anew     string    `json:"a,omitempty"` // the owner who is to prove it; empty for an ordinary sign-in
	Began    time.Time `json:"b"`
}

// Arrival is somebody who came back from the cloud with a token.
type Arrival struct {
	Access, Refresh vehicle.Token
	Expires         time.Time
	// Then is the page that they wanted, a path below the owner page.
	Then string
	// Anew tells that the cloud was to ask for the password again, of the owner with the id Whom, and Began when the browser
	// was sent there. Whether it was asked, [Keeper.Start] judges by what the cloud says.
	Anew  bool
	Whom  string
	Began time.Time
}

// proof is when the owner who arrived proved who they are, as the cloud tells whoever has the token; zero if that is no
// answer to having been asked anew. The browser is no witness: it can leave prompt and max_age out of the address to
// which it was sent, and come back with a code that the cloud gave to somebody it knew from before.
func (a Arrival) proof(o vehicle.Owner, now time.Time) time.Time {
	at := o.AuthenticatedAt
	if !a.Anew || at.IsZero() || at.Before(a.Began.Add(-clockSkew)) || at.After(now.Add(clockSkew)) {
		return time.Time{}
	}
	if at.After(now) {
		return now
	}
	return at.UTC()
}

// Begin tells where to send the browser, and has it remember why. then is the page to show afterwards; anything that
// is not a path here becomes the first page. A session in anew makes the cloud ask for the password again, whether it
// knows the browser or not (OpenID Connect Core 3.1.2.1, prompt and max_age).
func (k *Keeper) Begin(ctx context.Context, w http.ResponseWriter, then string, anew *Session) (string, error) {
	if !local(then) {
		then = "/"
	}
	cfg, err := k.cloud.config(ctx)
	if err != nil {
		return "", fmt.Errorf("begin sign-in: %w", err)
	}
	s := signIn{State: rand.Text(), Verifier: oauth2.GenerateVerifier(), Then: then, Began: k.Now().UTC()}
	ask := []oauth2.AuthCodeOption{oauth2.S256ChallengeOption(s.Verifier)}
	if anew != nil {
		s.Anew = anew.Owner
		ask = append(ask, oauth2.SetAuthURLParam("prompt", "login"), oauth2.SetAuthURLParam("max_age", "0"))
	}
	plain, err := json.Marshal(s)
	if err != nil {
		return "", fmt.Errorf("begin sign-in: %w", err)
	}
	k.setCookie(w, forSignIn, k.box.seal(forSignIn, plain), signInLife)
	return cfg.AuthCodeURL(s.State, ask...), nil
}

// Finish receives the browser back from the cloud. Errors: ErrStale, ErrRefused, ErrCloud. The sign-in is over
// either way; it cannot be finished twice, because the cloud takes its code once.
func (k *Keeper) Finish(ctx context.Context, w http.ResponseWriter, r *http.Request) (Arrival, error) {
	var s signIn
	known := k.readCookie(r, forSignIn, &s)
	k.setCookie(w, forSignIn, "", 0)
	q, age := r.URL.Query(), k.Now().Sub(s.Began)
	if !known || age < -time.Minute || age > signInLife || !hmac.Equal([]byte(q.Get("state")), []byte(s.State)) {
		return Arrival{}, fmt.Errorf("finish sign-in: %w", ErrStale)
	}
	// RFC 9207: an answer that names another server was mixed up on the way.
	if iss := q.Get("iss"); iss != "" && iss != k.Issuer {
		return Arrival{}, fmt.Errorf("finish sign-in: answer of another server: %w", ErrStale)
	}
	if q.Has("error") || q.Get("code") == "" {
		return Arrival{}, fmt.Errorf("finish sign-in: %w", ErrRefused)
	}
	token, err := k.cloud.exchange(ctx, q.Get("code"), s.Verifier)
	if err != nil {
		return Arrival{}, fmt.Errorf("finish sign-in: %w", err)
	}
	access, refresh, expires := k.taken(token)
	return Arrival{Access: access, Refresh: refresh, Expires: expires, Then: s.Then, Anew: s.Anew != "", Whom: s.Anew, Began: s.Began}, nil
}

// Stale reports whether the access token has run out, or is about to while a page is being made.
func (k *Keeper) Stale(s Session) bool {
	return !s.Expires.IsZero() && !k.Now().Add(30*time.Second).Before(s.Expires)
}

// Renew trades the refresh token for new ones, in place. Two requests of one browser that come at once share one
// trade, because a refresh token serves once. Errors: ErrEnded, ErrCloud.
func (k *Keeper) Renew(ctx context.Context, s *Session) error {
	if s.Refresh == "" {
		return fmt.Errorf("renew session: %w", ErrEnded)
	}
	token, err := k.cloud.refresh(ctx, string(s.Refresh))
	if err != nil {
		return fmt.Errorf("renew session: %w", err)
	}
	refresh := s.Refresh
	if s.Access, s.Refresh, s.Expires = k.taken(token); s.Refresh == "" {
		s.Refresh = refresh // a cloud that does not rotate
	}
	return nil
}

// Revoke ends tokens at the cloud (RFC 7009). The refresh token first: it takes its access token along.
func (k *Keeper) Revoke(ctx context.Context, access, refresh vehicle.Token) error {
	for _, token := range []vehicle.Token{refresh, access} {
		if token == "" {
			continue
		}
		if err := k.cloud.revoke(ctx, string(token)); err != nil {
			return fmt.Errorf("revoke token: %w", err)
		}
	}
	return nil
}

// taken reads a token by our own clock.
func (k *Keeper) taken(t *oauth2.Token) (access, refresh vehicle.Token, expires time.Time) {
	if t.ExpiresIn > 0 {
		expires = k.Now().UTC().Add(time.Duration(t.ExpiresIn) * time.Second)
	}
	return vehicle.Token(t.AccessToken), vehicle.Token(t.RefreshToken), expires
}
