package vehicle_test

import (
	"context"
	"errors"
	"math/rand/v2"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"pgregory.net/rapid"

	"github.com/trunkpass/trunkpass/vehicle"
)

// script answers one error after the other, each after a while, then succeeds.
type script struct {
	errs  []error
	takes time.Duration
	calls int
	keys  map[vehicle.IdempotencyKey]int
	times []time.Time
	doubt bool  // an attempt may have happened
	last  error // of the last attempt
}

func (s *script) next(ctx context.Context) error {
	s.last = s.answer(ctx)
	_, outcome := vehicle.KindOf(s.last)
	s.doubt = s.doubt || outcome == vehicle.MaybeDone
	return s.last
}

func (s *script) answer(ctx context.Context) error {
	s.calls++
	s.times = append(s.times, time.Now())
	select {
	case <-time.After(s.takes):
	case <-ctx.Done():
		return &vehicle.Error{Op: "test", Kind: vehicle.Unavailable, Outcome: vehicle.MaybeDone, Err: ctx.Err()}
	}
	if s.calls > len(s.errs) {
		return nil
	}
	return s.errs[s.calls-1]
}

func (s *script) fleet() *vehicle.Fleet {
	c := healthy()
	c.diagnosis = func(ctx context.Context) (vehicle.Diagnosis, error) {
		err := s.next(ctx)
		if e, ok := errors.AsType[*vehicle.Error](err); ok && e.Err != nil {
			e.Outcome = vehicle.NotDone // a read leaves nothing behind
		}
		return vehicle.Diagnosis{}, err
	}
	c.create = func(ctx context.Context, key vehicle.IdempotencyKey) (vehicle.Grant, error) {
		if s.keys == nil {
			s.keys = map[vehicle.IdempotencyKey]int{}
		}
		s.keys[key]++
		return vehicle.Grant{ID: "g"}, s.next(ctx)
	}
	return fleetOver(c)
}

func (s *script) read(ctx context.Context) error {
	_, err := s.fleet().Diagnosis(ctx, "token", "1")
	return err
}

func (s *script) create(ctx context.Context) error {
	_, err := s.fleet().CreateGrant(ctx, "token", "key", vehicle.GrantRequest{})
	return err
}

func times(n int, err error) []error {
	errs := make([]error, n)
	for i := range errs {
		errs[i] = err
	}
	return errs
}

// Every kind and outcome: which of them a read and a creation repeat. The table is complete by construction.
func TestWhatIsRepeated(t *testing.T) {
	for _, kind := range vehicle.Kinds() {
		for _, outcome := range []vehicle.Outcome{vehicle.NotDone, vehicle.MaybeDone} {
			temporary := kind == vehicle.Limited || kind == vehicle.Unavailable
			for _, row := range []struct {
				name string
				run  func(*script, context.Context) error
				want bool
			}{
				{"read", (*script).read, temporary && outcome == vehicle.NotDone},
				{"create", (*script).create, temporary && outcome == vehicle.NotDone || kind == vehicle.Unavailable},
			} {
				t.Run(string(kind)+" "+string(outcome)+" "+row.name, func(t *testing.T) {
					synctest.Test(t, func(t *testing.T) {
						s := &script{errs: []error{fail(kind, outcome)}}
						err := row.run(s, t.Context())
						if repeated := s.calls > 1; repeated != row.want {
							t.Errorf("repeated: got %t, want %t", repeated, row.want)
						}
						if row.want != (err == nil) {
							t.Errorf("got %v", err)
						}
					})
				})
			}
		}
	}
}

func TestAttemptsAndWaits(t *testing.T) {
	limited := &vehicle.Error{Op: "test", Kind: vehicle.Limited, Outcome: vehicle.NotDone, RetryAfter: 2 * time.Second}
	down := fail(vehicle.Unavailable, vehicle.NotDone)
	lost := fail(vehicle.Unavailable, vehicle.MaybeDone)
	refused := &vehicle.Error{Op: "test", Kind: vehicle.Invalid, Outcome: vehicle.NotDone, Code: "window_too_long"}
	for _, row := range []struct {
		name     string
		run      func(*script, context.Context) error
		errs     []error
		takes    time.Duration
		deadline time.Duration
		calls    int
		kind     vehicle.Kind // empty for success
		outcome  vehicle.Outcome
	}{
		{"a read tries three times", (*script).read, times(9, down), 0, 0, 3, vehicle.Unavailable, vehicle.NotDone},
		{"what the cloud asks for is waited", (*script).read, times(1, limited), 0, 5 * time.Second, 2, "", ""},
		{"a wait that does not fit is not begun", (*script).read, times(1, limited), 0, 2 * time.Second, 1, vehicle.Limited, vehicle.NotDone},
		{"an attempt that cannot end is not begun", (*script).read, times(9, down), 900 * time.Millisecond, 1200 * time.Millisecond, 1, vehicle.Unavailable, vehicle.NotDone},
		{"a lost reply is asked for again", (*script).create, times(1, lost), 0, 5 * time.Second, 2, "", ""},
		{"doubt stays when nobody answers", (*script).create, times(99, lost), 500 * time.Millisecond, 4 * time.Second, 5, vehicle.Unavailable, vehicle.MaybeDone},
		{"doubt outlives a later certain failure", (*script).create, []error{lost, fail(vehicle.NotLinked, vehicle.NotDone)}, 0, 5 * time.Second, 2, vehicle.Unavailable, vehicle.MaybeDone},
		{"doubt outlives a refused connection", (*script).create, append(times(1, lost), times(9, down)...), 100 * time.Millisecond, time.Second, 3, vehicle.Unavailable, vehicle.MaybeDone},
		{"a refusal of the request ends the doubt", (*script).create, []error{lost, refused}, 0, 5 * time.Second, 2, vehicle.Invalid, vehicle.NotDone},
		{"a refusal from a proxy does not", (*script).create, []error{lost, fail(vehicle.NotFound, vehicle.NotDone)}, 0, 5 * time.Second, 2, vehicle.Unavailable, vehicle.MaybeDone},
		{"a creation without a deadline gives up too", (*script).create, times(99, lost), 0, 0, 8, vehicle.Unavailable, vehicle.MaybeDone},
	} {
		t.Run(row.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				ctx := t.Context()
				if row.deadline > 0 {
					var cancel context.CancelFunc
					ctx, cancel = context.WithTimeout(ctx, row.deadline)
					defer cancel()
				}
				s := &script{errs: row.errs, takes: row.takes}
				start := time.Now()
				err := row.run(s, ctx)
				if s.calls != row.calls {
					t.Errorf("got %d calls, want %d", s.calls, row.calls)
				}
				if took := time.Since(start); row.deadline > 0 && took > row.deadline {
					t.Errorf("took %v, more than %v", took, row.deadline)
				}
				if row.kind == "" {
					if err != nil {
						t.Errorf("got %v, want success", err)
					}
					return
				}
				wantError(t, err, row.kind, row.outcome)
			})
		})
	}
}

func TestEachAttemptHasItsTimeout(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{takes: time.Hour}
		ctx, cancel := context.WithTimeout(t.Context(), 6500*time.Millisecond)
		defer cancel()
		start := time.Now()
		wantError(t, s.create(ctx), vehicle.Unavailable, vehicle.MaybeDone)
		if took := time.Since(start); s.calls != 3 || took > 6500*time.Millisecond {
			t.Errorf("got %d calls in %v, want 3 in a turn", s.calls, took)
		}
		if s.keys["key"] != s.calls {
			t.Errorf("got keys %v, want the same one every time", s.keys)
		}
	})
}

// A grant that was made at the very moment the caller's time ran out was made.
func TestSuccessAtTheLastMomentIsSuccess(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		c := healthy()
		c.create = func(context.Context, vehicle.IdempotencyKey) (vehicle.Grant, error) {
			cancel()
			return vehicle.Grant{ID: "g"}, nil
		}
		if g, err := fleetOver(c).CreateGrant(ctx, "token", "key", vehicle.GrantRequest{}); err != nil || g.ID != "g" {
			t.Errorf("got %v, %v, want the grant", g, err)
		}
	})
}

func TestEndedContextSendsNothing(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	s := &script{}
	wantError(t, s.create(ctx), vehicle.Unavailable, vehicle.NotDone)
	if s.calls != 0 {
		t.Errorf("got %d calls, want none", s.calls)
	}
}

func TestUnclassifiedErrors(t *testing.T) {
	oops := errors.New("a driver broke its promise")
	read, create := &script{errs: times(1, oops)}, &script{errs: times(1, oops)}
	wantError(t, read.read(t.Context()), vehicle.Internal, vehicle.NotDone)
	wantError(t, create.create(t.Context()), vehicle.Internal, vehicle.MaybeDone)
}

func TestBreakerStopsAskingAndComesBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{errs: times(10, fail(vehicle.Unavailable, vehicle.NotDone))}
		f := s.fleet()
		ask := func() error { _, err := f.Diagnosis(t.Context(), "token", "1"); return err }
		for s.calls < 10 {
			wantError(t, ask(), vehicle.Unavailable, vehicle.NotDone)
		}
		before := s.calls
		err := ask()
		wantError(t, err, vehicle.Unavailable, vehicle.NotDone)
		if e, ok := errors.AsType[*vehicle.Error](err); !ok || e.Code != "circuit_open" || e.RetryAfter <= 0 || s.calls != before {
			t.Errorf("got %v after %d more calls, want circuit_open, when to come back, and no call", err, s.calls-before)
		}
		if _, err := f.Grants(t.Context(), "token", "1"); err != nil {
			t.Errorf("another class of calls: got %v, want it unaffected", err)
		}
		time.Sleep(5 * time.Second)
		if err := ask(); err != nil {
			t.Errorf("after the pause: got %v, want success", err)
		}
	})
}

func TestHangingUpDoesNotOpenTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{takes: time.Second}
		f := s.fleet()
		for range 20 {
			ctx, cancel := context.WithCancel(t.Context())
			time.AfterFunc(time.Millisecond, cancel)
			_, err := f.Diagnosis(ctx, "token", "1")
			wantError(t, err, vehicle.Unavailable, vehicle.NotDone)
		}
		if _, err := f.Diagnosis(t.Context(), "token", "1"); err != nil {
			t.Errorf("got %v, want the cloud to be asked", err)
		}
	})
}

// Whatever a cloud answers and however slow it is: never past the deadline, never a second grant under
// another key, and "not done" only if no attempt may have happened.
func TestCreateGrantProperties(t *testing.T) {
	rapid.Check(t, func(r *rapid.T) {
		kinds := rapid.SampledFrom(vehicle.Kinds())
		outcomes := rapid.SampledFrom([]vehicle.Outcome{vehicle.NotDone, vehicle.MaybeDone})
		errs := rapid.SliceOfN(rapid.Custom(func(r *rapid.T) error {
			return &vehicle.Error{
				Op: "test", Kind: kinds.Draw(r, "kind"), Outcome: outcomes.Draw(r, "outcome"), Code: rapid.SampledFrom([]string{"", "code"}).Draw(r, "code"),
				RetryAfter: time.Duration(rapid.Int64Range(0, int64(3*time.Second)).Draw(r, "retry after")),
			}
		}), 0, 6).Draw(r, "errors")
		takes := time.Duration(rapid.Int64Range(0, int64(4*time.Second)).Draw(r, "takes"))
		deadline := time.Duration(rapid.Int64Range(1, int64(8*time.Second)).Draw(r, "deadline"))
		s := &script{errs: errs, takes: takes}
		var err error
		var took time.Duration
		synctest.Test(t, func(t *testing.T) {
			ctx, cancel := context.WithTimeout(t.Context(), deadline)
			defer cancel()
			start := time.Now()
			err = s.create(ctx)
			took = time.Since(start)
		})
		if took > deadline {
			r.Fatalf("took %v of %v", took, deadline)
		}
		if s.keys["key"] != s.calls {
			r.Fatalf("keys: got %v for %d calls", s.keys, s.calls)
		}
		if (err == nil) != (s.last == nil) {
			r.Fatalf("got %v, though the last attempt ended with %v", err, s.last)
		}
		if err == nil {
			return
		}
		last, _ := errors.AsType[*vehicle.Error](s.last)
		settled := last.Outcome == vehicle.NotDone && last.Code != "" &&
			slices.Contains([]vehicle.Kind{vehicle.Invalid, vehicle.NotFound, vehicle.Unsupported, vehicle.Conflict}, last.Kind)
		if _, outcome := vehicle.KindOf(err); (outcome == vehicle.MaybeDone) != (s.doubt && !settled) {
			r.Fatalf("got %v; doubt %t, settled %t", err, s.doubt, settled)
		}
	})
}

func TestWaitsAreSpread(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := &script{errs: times(2, fail(vehicle.Unavailable, vehicle.NotDone))}
		if err := s.read(t.Context()); err != nil {
			t.Fatal(err)
		}
		chance := rand.New(rand.NewPCG(1, 2))
		for i, base := range []time.Duration{100 * time.Millisecond, 200 * time.Millisecond} {
			want := base + time.Duration(float64(base)*0.25*(2*chance.Float64()-1))
			if got := s.times[i+1].Sub(s.times[i]); got != want {
				t.Errorf("wait %d: got %v, want %v", i+1, got, want)
			}
		}
	})
}

// Whoever counts hears of every call once, with all its attempts.
func TestObserve(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var seen []vehicle.Called
		limited := &vehicle.Error{Op: "test", Kind: vehicle.Limited, Outcome: vehicle.NotDone, RetryAfter: time.Second}
		s := &script{errs: []error{limited, &vehicle.Error{Op: "test", Kind: vehicle.NotFound, Outcome: vehicle.NotDone}}}
		c := healthy()
		c.diagnosis = func(ctx context.Context) (vehicle.Diagnosis, error) { return vehicle.Diagnosis{}, s.next(ctx) }
		fleet := vehicle.NewFleet(c, vehicle.Options{Now: time.Now, Observe: func(c vehicle.Called) { seen = append(seen, c) }})
		for range 2 {
			_, _ = fleet.Diagnosis(t.Context(), "token", "golf") // what it answers is others' to test
		}
		want := []vehicle.Called{
			{Op: "read diagnosis", Kind: vehicle.NotFound, Attempts: 2, Took: time.Second},
			{Op: "read diagnosis", Attempts: 1},
		}
		if !slices.Equal(seen, want) {
			t.Errorf("seen %+v, want %+v", seen, want)
		}
	})
}

// The answer that holds a code is waited for as long as the turn allows, less what taking the grant back would need;
// any other is asked for again.
func TestACodeIsWaitedFor(t *testing.T) {
	for guest, want := range map[string]int{"": 3, "neighbor": 1} {
		synctest.Test(t, func(t *testing.T) {
			s := &script{takes: 4 * time.Second}
			ctx, cancel := context.WithTimeout(t.Context(), 6500*time.Millisecond)
			defer cancel()
			_, err := s.fleet().CreateGrant(ctx, "token", "key", vehicle.GrantRequest{Guest: guest})
			if (err == nil) != (guest != "") || s.calls != want {
				t.Errorf("guest %q: %d calls, %v, want %d", guest, s.calls, err, want)
			}
		})
	}
}
