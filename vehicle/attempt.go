package vehicle

import (
	"context"
	"errors"
	"log/slog"
	"math/rand/v2"
	"sync"
	"time"

	"github.com/failsafe-go/failsafe-go"
	"github.com/failsafe-go/failsafe-go/circuitbreaker"
	"github.com/failsafe-go/failsafe-go/retrypolicy"
)

// callClass groups calls that fail together; each class has one circuit breaker, so their number is fixed.
type callClass int

const (
	accountCalls callClass = iota
	diagnosisCalls
	grantCalls
	createCalls // idempotent by key or by nature: repeating is harmless even when it may have happened
	codeCalls   // as createCalls, but the first answer holds a code that no other will: it is worth waiting for
	callClasses // how many there are
)

// keyed tells the calls that change something, and can be repeated all the same.
func (c callClass) keyed() bool { return c == createCalls || c == codeCalls }

// How calls are repeated. The waits are short because a person is listening.
const (
	defaultCallTimeout = 2500 * time.Millisecond
	firstWait          = 100 * time.Millisecond
	longestWait        = time.Second
	spread             = 0.25 // a wait is up to a quarter shorter or longer
	// shortestCall is the least time in which an answer from a healthy cloud can be hoped for. With less
	// than that left, another attempt only risks an answer that nobody hears.
	shortestCall = 300 * time.Millisecond
	readAttempts = 3
	// afterCode is what is left for taking back a grant whose code was lost.
	afterCode = 1500 * time.Millisecond
	// The deadline ends the repetition of keyed calls; this is for callers without one.
	keyedAttempts = 8
)

// When to stop asking: at least half of ten or more calls of a class failed within half a minute. After
// five seconds one call finds out whether the cloud is back.
const (
	breakerRate   = 0.5
	breakerCalls  = 10
	breakerPeriod = 30 * time.Second
	breakerPause  = 5 * time.Second
)

// attempts is the patience of a fleet: per-attempt timeout, retries and circuit breakers.
type attempts struct {
	timeout  time.Duration
	log      *slog.Logger
	now      func() time.Time
	observe  func(Called)
	breakers [callClasses]circuitbreaker.CircuitBreaker[any]
	retry    retrypolicy.RetryPolicy[any]

	mu   sync.Mutex // guards rand
	rand *rand.Rand
}

// again is a failure that is worth another attempt after a wait.
type again struct {
	failure *Error
	wait    time.Duration
}

func (a again) Error() string { return a.failure.Error() }
func (a again) Unwrap() error { return a.failure }

func newAttempts(o Options) *attempts {
	a := &attempts{timeout: o.CallTimeout, log: o.Log, now: o.Now, observe: o.Observe, rand: o.Rand}
	if a.observe == nil {
		a.observe = func(Called) {}
	}
	if a.timeout <= 0 {
		a.timeout = defaultCallTimeout
	}
	if a.log == nil {
		a.log = slog.New(slog.DiscardHandler)
	}
	for class := range a.breakers {
		a.breakers[class] = circuitbreaker.NewBuilder[any]().
			HandleIf(func(_ any, err error) bool {
				kind, _ := KindOf(err)
				return kind == Unavailable && !errors.Is(err, context.Canceled) // our hanging up is not its fault
			}).
			WithFailureRateThreshold(breakerRate, breakerCalls, breakerPeriod).
			WithDelay(breakerPause).
			WithSuccessThreshold(1).
			Build()
	}
	// Whether to try again depends on the call and its deadline, so each attempt decides it; the policy only
	// carries the decision out.
	a.retry = retrypolicy.NewBuilder[any]().
		HandleErrorTypes(again{}).
		WithMaxRetries(-1).
		WithDelayFunc(func(e failsafe.ExecutionAttempt[any]) time.Duration {
			if a, ok := errors.AsType[again](e.LastError()); ok {
				return a.wait
			}
			return 0
		}).
		Build()
	return a
}

// try makes a call until it succeeds or is not worth repeating. The error is an *Error.
func try[T any](ctx context.Context, a *attempts, op string, class callClass, call func(context.Context) (T, error)) (T, error) {
	began, asked := a.now(), 0
	value, err := repeat(ctx, a, op, class, func(ctx context.Context) (T, error) {
		asked++
		return call(ctx)
	})
	called := Called{Op: op, Attempts: asked, Took: a.now().Sub(began)}
	if err != nil {
		called.Kind, _ = KindOf(err)
	}
	a.observe(called)
	return value, err
}

func repeat[T any](ctx context.Context, a *attempts, op string, class callClass, call func(context.Context) (T, error)) (T, error) {
	// Values and errors leave through these variables, not through failsafe: it answers "canceled" for
	// whatever was under way when the context ended, and would hide that the call had succeeded.
	var (
		value   T
		success bool
		failure *Error
		doubt   *Error // the first attempt that may have happened
	)
	if err := ctx.Err(); err != nil {
		return value, asError(op, err, NotDone)
	}
	lost := NotDone
	if class.keyed() {
		lost = MaybeDone
	}
	breaker := a.breakers[class]
	end := failsafe.With[any](a.retry, breaker).WithContext(ctx).RunWithExecution(func(e failsafe.Execution[any]) error {
		attempt, cancel := context.WithTimeout(ctx, a.patience(ctx, class))
		defer cancel()
		v, err := call(attempt)
		if err == nil {
			value, success = v, true
			return nil
		}
		failure = asError(op, err, lost)
		if doubt == nil && failure.Outcome == MaybeDone {
			doubt = failure
		}
		wait, worth := a.worthRepeating(ctx, class, failure, e.Attempts())
		a.note(ctx, failure, e.Attempts(), worth)
		if worth {
			return again{failure, wait}
		}
		return failure
	})
	if success {
		return value, nil
	}
	if errors.Is(end, circuitbreaker.ErrOpen) {
		failure = &Error{Op: op, Kind: Unavailable, Outcome: NotDone, Code: "circuit_open", RetryAfter: breaker.RemainingDelay(), Err: end}
	}
	if failure == nil {
		failure = asError(op, end, NotDone) // nothing was even tried
	}
	return value, settle(doubt, failure)
}

// patience is how long one attempt may take.
func (a *attempts) patience(ctx context.Context, class callClass) time.Duration {
	deadline, ok := ctx.Deadline()
	if class != codeCalls || !ok {
		return a.timeout
	}
	left := time.Until(deadline) //nolint:forbidigo // a deadline is an instant of the process's own clock, whatever Options.Now says
	return max(a.timeout, left-afterCode)
}

// note logs a failed attempt: what and why, never whose.
func (a *attempts) note(ctx context.Context, e *Error, attempt int, again bool) {
	a.log.LogAttrs(ctx, slog.LevelWarn, "cloud call failed",
		slog.String("op", e.Op), slog.String("kind", string(e.Kind)), slog.String("outcome", string(e.Outcome)),
		slog.String("code", e.Code), slog.Any("cause", e.Err), slog.Int("attempt", attempt), slog.Bool("again", again))
}

// settle combines the first attempt that may have happened with the last failure. A refusal of the request
// itself, in the cloud's own words, proves that the earlier attempt with the same key had no effect, because
// a cloud replays an effect before it judges a request. Any other failure leaves the doubt; so does a
// refusal without a code, which may come from something in between.
func settle(doubt, last *Error) error {
	if doubt == nil || doubt == last {
		return last
	}
	judged := last.Kind == Invalid || last.Kind == NotFound || last.Kind == Unsupported || last.Kind == Conflict
	if judged && last.Code != "" && last.Outcome == NotDone {
		return last
	}
	maybe := *doubt
	maybe.RetryAfter = last.RetryAfter
	maybe.Err = errors.Join(doubt.Err, last)
	return &maybe
}

// worthRepeating decides whether a failed attempt should be followed by another, and after what wait: only
// if it is harmless, hopeful, and can end before the context does.
func (a *attempts) worthRepeating(ctx context.Context, class callClass, e *Error, attempt int) (time.Duration, bool) {
	keyed := class.keyed()
	harmless := e.Retryable() || keyed && e.Kind == Unavailable
	if !harmless || keyed && attempt >= keyedAttempts || !keyed && attempt >= readAttempts {
		return 0, false
	}
	wait := min(firstWait<<(attempt-1), longestWait)
	wait += time.Duration(float64(wait) * spread * a.chance())
	wait = max(wait, e.RetryAfter)
	if deadline, ok := ctx.Deadline(); ok {
		left := time.Until(deadline) //nolint:forbidigo // a deadline is an instant of the process's own clock, whatever Options.Now says
		return wait, wait+shortestCall <= left
	}
	return wait, ctx.Err() == nil
}

// chance is in [-1, 1); zero without a source.
func (a *attempts) chance() float64 {
	if a.rand == nil {
		return 0
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	return 2*a.rand.Float64() - 1
}

// asError gives any error the one shape. One that no driver made comes from a context that ended while
// somebody waited, or from a driver that breaks its promise; the latter is Internal.
func asError(op string, err error, outcome Outcome) *Error {
	if e, ok := errors.AsType[*Error](err); ok {
		return e
	}
	kind := Internal
	if errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || errors.Is(err, circuitbreaker.ErrOpen) {
		kind = Unavailable
	}
	return &Error{Op: op, Kind: kind, Outcome: outcome, Err: err}
}
