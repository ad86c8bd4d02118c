package dynamo_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/dynamodb"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/store/dynamo"
	"github.com/trunkpass/trunkpass/store/dynamo/dynamotest"
	"github.com/trunkpass/trunkpass/store/storetest"
)

var start = time.Date(2031, 5, 6, 14, 0, 0, 0, time.UTC)

func clock() time.Time { return start }

func TestConformance(t *testing.T) {
	open := func(t *testing.T, now func() time.Time) store.Store {
		client, table := dynamotest.Start(t).Table(t)
		// A crowd of a hundred on a busy machine is not what an attempt is measured for.
		return mustNew(t, dynamo.Options{Client: client, Table: table, Now: now, Attempt: time.Minute})
	}
	storetest.Run(t, open)
	storetest.RunUsers(t, open)
	storetest.RunInbox(t, open)
	storetest.RunGuard(t, open)
}

func mustNew(t *testing.T, o dynamo.Options) *dynamo.Store {
	t.Helper()
	s, err := dynamo.New(o)
	if err != nil {
		t.Fatalf("new store: %v", err)
	}
	return s
}

func TestNewWantsEverything(t *testing.T) {
	client := new(dynamodb.Client)
	for name, o := range map[string]dynamo.Options{
		"no client": {Table: "t", Now: clock}, "no table": {Client: client, Now: clock}, "no clock": {Client: client, Table: "t"},
		"no time": {Client: client, Table: "t", Now: clock, Attempt: -1},
	} {
		if _, err := dynamo.New(o); err == nil {
			t.Errorf("%s: made without", name)
		}
	}
}

const (
	owner = "owner-1"
	user  = "amzn1.ask.account.AE"
)

// calls are each method of the port, as a caller who has read revision 1 uses it.
var calls = []struct {
	name string
	call func(context.Context, store.Store) error
	sent []string
}{
	{"Account", func(ctx context.Context, s store.Store) error { _, err := s.Account(ctx, owner); return err }, []string{get}},
	{"PIN", func(ctx context.Context, s store.Store) error { _, _, err := s.PIN(ctx, owner); return err }, []string{get}},
	{"SwapPIN", func(ctx context.Context, s store.Store) error {
		return s.SwapPIN(ctx, owner, 1, pin.Record{Failures: 1})
	}, []string{update}},
	{"SavePreferences", func(ctx context.Context, s store.Store) error {
		return s.SavePreferences(ctx, owner, 1, store.Preferences{DefaultCar: "golf"})
	}, []string{update}},
	{"SaveUsers", func(ctx context.Context, s store.Store) error { return s.SaveUsers(ctx, owner, 1, []string{user}) }, []string{update}},
	{"Erase", func(ctx context.Context, s store.Store) error { return s.Erase(ctx, owner, 1) }, []string{update}},
	{"Erase at 0", func(ctx context.Context, s store.Store) error { return s.Erase(ctx, "nobody", 0) }, []string{get}},
	{"User", func(ctx context.Context, s store.Store) error { _, err := s.User(ctx, user); return err }, []string{get}},
	{"SaveUser", func(ctx context.Context, s store.Store) error {
		return s.SaveUser(ctx, store.User{ID: user, Revision: 1, Owner: owner})
	}, []string{update}},
	{"Claim", func(ctx context.Context, s store.Store) error {
		claim, err := s.Claim(ctx, "fresh", time.Minute)
		if err == nil && claim != store.Yours {
			err = errors.New("the message is " + string(claim))
		}
		return err
	}, []string{update}},
	{"Finish", func(ctx context.Context, s store.Store) error { return s.Finish(ctx, "claimed") }, []string{update}},
	{releaseCall, func(ctx context.Context, s store.Store) error { return s.Release(ctx, "claimed") }, []string{update}},
}

// releaseCall is the one call that is made once, whatever happens to it.
const releaseCall = "Release"

// prepare makes what the calls speak of.
func prepare(t *testing.T, s store.Store) {
	t.Helper()
	_, err := s.Claim(t.Context(), "claimed", time.Minute)
	if err := errors.Join(err,
		s.SwapPIN(t.Context(), owner, 0, pin.Record{Hash: "h"}), s.SaveUser(t.Context(), store.User{ID: user})); err != nil {
		t.Fatalf("prepare: %v", err)
	}
}

// Every call is one read or one write when all goes well, and comes through whatever goes wrong once or three times.
func TestCalls(t *testing.T) {
	for _, c := range calls {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel() // they do little but wait
			for name, faults := range map[string][]fault{
				"nothing": nil, "throttled": {throttled}, "throttled otherwise": {throttled2}, "internal": {internal}, "unavailable": {unavailable},
				"request lost": {reset}, "reply lost": {lost}, "reply lost three times": {lost, lost, lost},
				"all sorts": {throttled, lost, internal},
			} {
				s, straight, w := newWired(t)
				prepare(t, straight)
				w.expect(faults...)
				err, tries := c.call(t.Context(), s), len(faults)+1
				if c.name == releaseCall {
					tries = 1
				}
				if (err != nil) != (tries <= len(faults)) {
					t.Errorf("%s: %v after %d tries", name, err, tries)
				}
				w.wantSent(t, name, slices.Repeat(c.sent, tries)...)
			}
		})
	}
}

// What does not go away after four attempts is an error, and so is, at once, what another attempt cannot mend.
func TestGivesUp(t *testing.T) {
	for name, tt := range map[string]struct {
		fault fault
		tries int
	}{"throttled": {throttled, 4}, "reset": {reset, 4}, "slow": {slow, 4}, "denied": {denied, 1}} {
		for _, c := range calls {
			synctest.Test(t, func(t *testing.T) {
				w := new(wire)
				s := canned(t, w)
				w.expect(tt.fault, tt.fault, tt.fault, tt.fault, tt.fault)
				err := c.call(t.Context(), s)
				if err == nil || errors.Is(err, store.ErrConflict) || errors.Is(err, store.ErrInvalid) {
					t.Errorf("%s: %s: %v, want an error that leaves open what happened", c.name, name, err)
				}
				tries := tt.tries
				if c.name == releaseCall {
					tries = 1
				}
				w.wantSent(t, c.name+": "+name, slices.Repeat(c.sent, tries)...)
			})
		}
	}
}

// canned is a store that reaches no network, for tests in a bubble of their own time.
func canned(t *testing.T, w *wire) *dynamo.Store {
	t.Helper()
	url := "http://dynamodb.invalid"
	client := dynamodb.New(dynamodb.Options{
		Region: dynamotest.Region, BaseEndpoint: &url, HTTPClient: w,
		Credentials: aws.CredentialsProviderFunc(func(context.Context) (aws.Credentials, error) {
			return aws.Credentials{AccessKeyID: "test", SecretAccessKey: "test"}, nil
		}),
	})
	return mustNew(t, dynamo.Options{Client: client, Table: "trunkpass", Now: clock})
}

// A read that is not consistent would be half the price, and could miss the PIN failure of a moment ago.
func TestReadsAreConsistent(t *testing.T) {
	for _, c := range calls {
		if c.sent[0] != get {
			continue
		}
		w := new(wire)
		s := canned(t, w)
		w.expect(func(r *http.Request, send func() (*http.Response, error)) (*http.Response, error) {
			body, err := io.ReadAll(r.Body)
			if err != nil || !bytes.Contains(body, []byte(`"ConsistentRead":true`)) {
				t.Errorf("%s sent %s, %v, want a consistent read", c.name, body, err)
			}
			return done(r, send)
		})
		if err := c.call(t.Context(), s); err != nil {
			t.Errorf("%s: %v", c.name, err)
		}
	}
}

// An attempt without an answer is given up while there is time for another.
func TestSlowAttempt(t *testing.T) {
	for _, c := range calls {
		if c.name == releaseCall {
			continue // there is no other attempt
		}
		synctest.Test(t, func(t *testing.T) {
			w := new(wire)
			s := canned(t, w)
			w.expect(slow, slow, done)
			began := time.Now()
			if err := c.call(t.Context(), s); err != nil {
				t.Errorf("%s: %v", c.name, err)
			}
			if took := time.Since(began); took < 1600*time.Millisecond || took > 1750*time.Millisecond {
				t.Errorf("%s took %v, want two attempts of 800 ms and short waits", c.name, took)
			}
		})
	}
}

// Whatever goes wrong, a call is over with its context.
func TestDeadline(t *testing.T) {
	for name, wrong := range map[string]fault{"slow": slow, "throttled": throttled, "reset": reset} {
		for _, c := range calls {
			synctest.Test(t, func(t *testing.T) {
				w := new(wire)
				s := canned(t, w)
				w.expect(wrong, wrong, wrong, wrong)
				ctx, cancel := context.WithTimeout(t.Context(), 15*time.Millisecond)
				defer cancel()
				began := time.Now()
				if err := c.call(ctx, s); err == nil || c.name != releaseCall && !errors.Is(err, context.DeadlineExceeded) {
					t.Errorf("%s: %s: %v, want context.DeadlineExceeded", name, c.name, err)
				}
				if took := time.Since(began); took > 15*time.Millisecond {
					t.Errorf("%s: %s took %v, and had 15 ms", name, c.name, took)
				}
			})
		}
	}
}

// A context that ends in the last attempt is told from an attempt that was too slow.
func TestDeadlineInTheLastAttempt(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := new(wire)
		s := canned(t, w)
		w.expect(slow, slow, slow, slow)
		ctx, cancel := context.WithTimeout(t.Context(), 3*time.Second)
		defer cancel()
		if _, err := s.Account(ctx, owner); !errors.Is(err, context.DeadlineExceeded) {
			t.Errorf("%v, want context.DeadlineExceeded", err)
		}
		w.wantSent(t, "three seconds of silence", get, get, get, get)
	})
}
