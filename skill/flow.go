package skill

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"github.com/trunkpass/trunkpass/skill/speech"
)

// FlowSpec describes a conversation whose state is S and whose facts are F. S is a small JSON struct of
// ids, counters and instants, never of names, secrets or sentences: Alexa carries it in clear.
type FlowSpec[S State, F any] struct {
	Name    string
	Version int // raise it when S changes meaning; older open questions are then forgotten
	Lines   FlowLines
	// Facts gathers what the decision needs: the clock, cars, preferences. It only reads.
	Facts func(ctx context.Context, t *Turn, state S, ev Event) (F, error)
	// Next decides. It is pure: no I/O, clock or chance; every event in every state has an answer.
	Next func(state S, ev Event, facts F) (S, []Act)
	// Do carries out an effect once and reports its outcome; nil for a flow that has none.
	Do func(ctx context.Context, t *Turn, effect any) (result any, err error)
}

// State is the state of a flow. Step names its open question; empty means that nothing is open.
type State interface{ Step() string }

// FlowLines are what the dispatcher says about a flow when it cannot ask the flow itself.
type FlowLines struct {
	Stopped speech.Key // the driver said stop or cancel in the middle
	Left    speech.Key // the driver asked for something else in the middle; empty: nothing is said
}

// NewFlow makes a Flow of a spec.
func NewFlow[S State, F any](spec FlowSpec[S, F]) Flow { return flow[S, F]{spec} }

type flow[S State, F any] struct{ spec FlowSpec[S, F] }

func (f flow[S, F]) name() string     { return f.spec.Name }
func (f flow[S, F]) version() int     { return f.spec.Version }
func (f flow[S, F]) lines() FlowLines { return f.spec.Lines }

// maxEffects bounds the effects of one turn: a PIN check and a grant are two. More is a loop in the flow.
const maxEffects = 3

func (f flow[S, F]) play(ctx context.Context, t *Turn, saved *openQuestion, ev Event) ([]Act, *openQuestion, error) {
	var state S
	if saved != nil {
		if err := json.Unmarshal(saved.Data, &state); err != nil {
			return nil, nil, fmt.Errorf("read %s state: %w", f.spec.Name, err)
		}
	}
	facts, err := f.spec.Facts(ctx, t, state, ev)
	if err != nil {
		return nil, nil, fmt.Errorf("gather %s facts: %w", f.spec.Name, err)
	}
	var first []Act
	state, acts := f.spec.Next(state, ev, facts)
	for range maxEffects {
		i := slices.IndexFunc(acts, func(a Act) bool { _, ok := a.(Do); return ok })
		if i < 0 {
			return f.finish(t, state, append(first, acts...))
		}
		first = append(first, acts[:i]...)
		effect := acts[i].(Do).Effect
		result, err := f.spec.Do(ctx, t, effect)
		state, acts = f.spec.Next(state, Done{Effect: effect, Result: result, Err: err}, facts)
	}
	return nil, nil, fmt.Errorf("%s asked for more than %d effects in a turn", f.spec.Name, maxEffects)
}

func (f flow[S, F]) finish(t *Turn, state S, acts []Act) ([]Act, *openQuestion, error) {
	if state.Step() == "" {
		return acts, nil, nil
	}
	data, err := json.Marshal(state)
	if err != nil {
		return nil, nil, fmt.Errorf("save %s state: %w", f.spec.Name, err)
	}
	return acts, &openQuestion{
		Flow: f.spec.Name, Version: f.spec.Version, Step: state.Step(), Asked: t.Now.Truncate(time.Second), Data: data,
	}, nil
}
