package oauth

import (
	"context"
	"crypto/rand"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"net/url"
	"time"

	"github.com/go-oauth2/oauth2/v4"
	oauth2errors "github.com/go-oauth2/oauth2/v4/errors"
	"github.com/go-oauth2/oauth2/v4/models"
	"go.etcd.io/bbolt"
)

// Bucket holds every code and token that has not expired, by its hash. The data file therefore never
// contains anything that could be presented.
const Bucket = "oauth-tokens"

// The kinds of secrets, kept apart so that a refresh token is not an access token.
const (
	kindCode    = "code"
	kindAccess  = "access"
	kindRefresh = "refresh"
	// kindFamily is no secret: the id of one sign-in, from which its code and tokens descend. They are of use as long as
	// it is there.
	kindFamily = "family"
)

// token is what is remembered of one secret.
type token struct {
	Client      string
	Owner       string    `json:",omitempty"`
	Scope       string    `json:",omitempty"`
	RedirectURI string    `json:",omitempty"`
	Challenge   string    `json:",omitempty"` // S256
	ExpiresAt   time.Time // by the garage's clock
	// Access is the key of the access token that came with a refresh token, so that both end together.
	Access []byte `json:",omitempty"`
	// Family is the sign-in that this descends from; empty for client credentials.
	Family string `json:",omitempty"`
	// Used marks a code or refresh token that was exchanged. It is kept to notice somebody who brings it again.
	Used bool `json:",omitempty"`
	// AuthenticatedAt is of a family alone, which outlives what descends from it: when its owner gave the password.
	AuthenticatedAt time.Time `json:",omitzero"`
}

// family is where the library carries the sign-in from a code or a refresh token to what it is exchanged for.
const family = "family"

// tokens is the library's token store on the data file.
type tokens struct {
	db  *bbolt.DB
	now func() time.Time
}

var _ oauth2.TokenStore = (*tokens)(nil)

func keyOf(kind, secret string) []byte {
	sum := sha256.Sum256([]byte(secret))
	return append([]byte(kind+"\x00"), sum[:]...)
}

// Create remembers a code, or an access token with the refresh token that comes with it. A sign-in that has ended
// meanwhile gets nothing more.
func (s *tokens) Create(_ context.Context, info oauth2.TokenInfo) error {
	t := token{Client: info.GetClientID(), Owner: info.GetUserID(), Scope: info.GetScope(), RedirectURI: info.GetRedirectURI()}
	if more, ok := info.(oauth2.ExtendableTokenInfo); ok {
		t.Family = more.GetExtension().Get(family)
	}
	ended := false
	err := s.update("store token", func(b *bbolt.Bucket) error {
		if code := info.GetCode(); code != "" {
			t.Challenge, t.Family = info.GetCodeChallenge(), rand.Text()
			if err := s.put(b, keyOf(kindFamily, t.Family), token{AuthenticatedAt: s.now()}, info.GetCodeExpiresIn()); err != nil {
				return err
			}
			return s.put(b, keyOf(kindCode, code), t, info.GetCodeExpiresIn())
		}
		if t.Family != "" {
			origin, alive, err := s.read(b, kindFamily, t.Family)
			if ended = err == nil && !alive; err != nil || ended {
				return err
			}
			if err := s.put(b, keyOf(kindFamily, t.Family), origin, info.GetRefreshExpiresIn()); err != nil {
				return err
			}
		}
		access := keyOf(kindAccess, info.GetAccess())
		if err := s.put(b, access, t, info.GetAccessExpiresIn()); err != nil {
			return err
		}
		refresh := info.GetRefresh()
		if refresh == "" {
			return nil
		}
		t.Access = access
		return s.put(b, keyOf(kindRefresh, refresh), t, info.GetRefreshExpiresIn())
	})
	if err == nil && ended {
		err = oauth2errors.ErrInvalidGrant // as it is, because the library does not look into wrapped errors
	}
	return err
}

func (s *tokens) put(b *bbolt.Bucket, key []byte, t token, life time.Duration) error {
	t.ExpiresAt = s.now().Add(life)
	data, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return b.Put(key, data)
}

func (s *tokens) update(op string, do func(*bbolt.Bucket) error) error {
	err := s.db.Update(func(tx *bbolt.Tx) error {
		b, err := tx.CreateBucketIfNotExists([]byte(Bucket))
		if err != nil {
			return err
		}
		return do(b)
	})
	if err != nil {
		return fmt.Errorf("%s: %w", op, err)
	}
	return nil
}

// RemoveByCode marks a code as exchanged.
func (s *tokens) RemoveByCode(_ context.Context, code string) error {
	return s.update("use code", func(b *bbolt.Bucket) error { return s.use(b, keyOf(kindCode, code)) })
}

// RemoveByAccess ends an access token.
func (s *tokens) RemoveByAccess(_ context.Context, access string) error {
	return s.update("remove access token", func(b *bbolt.Bucket) error { return b.Delete(keyOf(kindAccess, access)) })
}

// RemoveByRefresh marks a refresh token as exchanged and ends the access token that came with it.
func (s *tokens) RemoveByRefresh(_ context.Context, refresh string) error {
	return s.update("use refresh token", func(b *bbolt.Bucket) error { return s.use(b, keyOf(kindRefresh, refresh)) })
}

func (s *tokens) use(b *bbolt.Bucket, key []byte) error {
	data := b.Get(key)
	if data == nil {
		return nil
	}
	var t token
	if err := json.Unmarshal(data, &t); err != nil {
		return err
	}
	if t.Access != nil {
		if err := b.Delete(t.Access); err != nil {
			return err
		}
	}
	t.Used = true
	data, err := json.Marshal(t)
	if err != nil {
		return err
	}
	return b.Put(key, data)
}

// end ends the sign-in that a code or token of whatever kind descends from, and with it everything else that does.
func (s *tokens) end(secret string) error {
	return s.update("end sign-in", func(b *bbolt.Bucket) error {
		for _, kind := range []string{kindCode, kindRefresh, kindAccess} {
			data := b.Get(keyOf(kind, secret))
			if data == nil {
				continue
			}
			var t token
			if err := json.Unmarshal(data, &t); err != nil {
				return err
			}
			keys := [][]byte{keyOf(kind, secret), keyOf(kindFamily, t.Family)}
			if t.Access != nil {
				keys = append(keys, t.Access)
			}
			for _, key := range keys {
				if err := b.Delete(key); err != nil {
					return err
				}
			}
		}
		return nil
	})
}

// find looks a secret up; one that has expired by the garage's clock, was exchanged, or whose sign-in has ended is as
// unknown as any other. Only t.Used tells more. When the owner signed in is told by the family.
func (s *tokens) find(kind, secret string) (t token, ok bool, err error) {
	err = s.db.View(func(tx *bbolt.Tx) error {
		b := tx.Bucket([]byte(Bucket))
		if b == nil {
			return nil
		}
		if t, ok, err = s.read(b, kind, secret); err != nil || !ok || t.Family == "" {
			return err
		}
		origin, alive, err := s.read(b, kindFamily, t.Family)
		ok, t.AuthenticatedAt = alive, origin.AuthenticatedAt
		return err
	})
	if err != nil {
		return token{}, false, fmt.Errorf("find %s: %w", kind, err)
	}
	return t, ok && !t.Used, nil
}

// read looks one record up; ok is false if there is none or it has expired.
func (s *tokens) read(b *bbolt.Bucket, kind, secret string) (t token, ok bool, err error) {
	data := b.Get(keyOf(kind, secret))
	if data == nil {
		return token{}, false, nil
	}
	if err := json.Unmarshal(data, &t); err != nil {
		return token{}, false, err
	}
	return t, s.now().Before(t.ExpiresAt), nil
}

// never is a creation time that no clock has passed. The library compares lives with the wall clock, and the
// garage's may be years away from it; find has judged already.
var never = time.Date(9999, 1, 1, 0, 0, 0, 0, time.UTC)

func (t token) info() *models.Token {
	return &models.Token{
		ClientID: t.Client, UserID: t.Owner, Scope: t.Scope, RedirectURI: t.RedirectURI,
		CodeChallenge: t.Challenge, CodeChallengeMethod: oauth2.CodeChallengeS256.String(), CodeCreateAt: never,
		Extension: url.Values{family: {t.Family}},
	}
}

// GetByCode finds a code; nil if there is none.
func (s *tokens) GetByCode(_ context.Context, code string) (oauth2.TokenInfo, error) {
	t, ok, err := s.find(kindCode, code)
	if err != nil || !ok {
		return nil, err
	}
	info := t.info()
	info.Code = code
	return info, nil
}

// GetByAccess finds an access token.
func (s *tokens) GetByAccess(_ context.Context, access string) (oauth2.TokenInfo, error) {
	t, ok, err := s.find(kindAccess, access)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, oauth2errors.ErrInvalidAccessToken
	}
	info := t.info()
	info.Access = access
	return info, nil
}

// GetByRefresh finds a refresh token.
func (s *tokens) GetByRefresh(_ context.Context, refresh string) (oauth2.TokenInfo, error) {
	t, ok, err := s.find(kindRefresh, refresh)
	if err != nil {
		return nil, err
	}
	if !ok {
		return nil, oauth2errors.ErrInvalidRefreshToken
	}
	info := t.info()
	info.Refresh = refresh
	return info, nil
}

// prune forgets what has expired.
func (s *tokens) prune() error {
	return s.update("prune tokens", func(b *bbolt.Bucket) error {
		var dead [][]byte
		err := b.ForEach(func(k, v []byte) error {
			var t token
			if err := json.Unmarshal(v, &t); err != nil {
				return err
			}
			if !s.now().Before(t.ExpiresAt) {
				dead = append(dead, append([]byte(nil), k...))
			}
			return nil
		})
		if err != nil {
			return err
		}
		for _, k := range dead {
			if err := b.Delete(k); err != nil {
				return err
			}
		}
		return nil
	})
}

// newCode and newTokens make secrets of 130 random bits from crypto/rand.
type (
	newCode   struct{}
	newTokens struct{}
)

func (newCode) Token(context.Context, *oauth2.GenerateBasic) (string, error) { return rand.Text(), nil }

func (newTokens) Token(_ context.Context, _ *oauth2.GenerateBasic, refresh bool) (string, string, error) {
	if refresh {
		return rand.Text(), rand.Text(), nil
	}
	return rand.Text(), "", nil
}
