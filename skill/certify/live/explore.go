package live

import (
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode"

	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/certify/live/words"
)

// maxDepth is how many turns deep the exploration goes.
const maxDepth = 7

// state is one node of the dialog graph: a moment in which the skill listens. Two moments with the same fingerprint are the same
// state.
type state struct {
	name string // for the report: what is asked, and after which intent
	way  []move // a way to get there from nothing
}

// explore walks the dialogs as a graph: from opening the skill and from every intent to every state that answers lead to, and
// tries in each what a person could say there. It goes each way again from its beginning, because a skill may keep its state
// where the suite cannot see it.
func (l *locale) explore(ctx context.Context) {
	queue := l.roots(ctx)
	known := map[string]bool{}
	for _, s := range queue {
		known[s.name] = true
	}
	for tried := 0; len(queue) > 0 && ctx.Err() == nil; tried++ {
		s := queue[0]
		queue = queue[1:]
		label := l.Name + " " + s.name
		if _, counted := l.seen.dialogs[label]; !counted {
			l.seen.dialogs[label] = false
		}
		if tried >= l.MaxStates {
			continue // counted as missed
		}
		found, steady := l.examine(ctx, s)
		reached := steady && ctx.Err() == nil
		l.seen.dialogs[label] = reached
		for _, next := range found {
			if !known[next.name] && len(next.way) <= maxDepth {
				known[next.name] = true
				queue = append(queue, next)
			}
		}
	}
}

// roots are the states that one utterance leads to.
func (l *locale) roots(ctx context.Context) []state {
	firsts := []move{l.launch()}
	for _, intent := range l.own() {
		firsts = append(firsts, l.intent(intent.Name, nil))
		if full := l.full(intent); len(full) > 0 {
			firsts = append(firsts, l.intent(intent.Name, full))
		}
		for _, slot := range intent.Slots {
			// What was not understood is asked again, and that is a state as well.
			odd := l.values.Odds(slot.Type)
			firsts = append(firsts, l.intent(intent.Name, map[string]string{slot.Name: odd[min(1, len(odd)-1)].Value}))
		}
	}
	var roots []state
	for _, m := range firsts {
		l.fresh(ctx)
		k := l.begin(ctx)
		t := k.say(ctx, m)
		roots = appendState(roots, k, t)
	}
	return roots
}

// appendState adds the state that a talk has come to, if the skill listens there and the state is new to the list.
func appendState(to []state, k *talk, t turn) []state {
	if !t.open() || t.told || t.err != nil {
		return to
	}
	name := k.fingerprint(t)
	if slices.ContainsFunc(to, func(s state) bool { return s.name == name }) {
		return to
	}
	return append(to, state{name: name, way: slices.Clone(k.moves)})
}

// examine tries everything in a state and gives the states that this leads to; steady is false if the way did not lead to the
// state again.
func (l *locale) examine(ctx context.Context, s state) (found []state, steady bool) {
	l.fresh(ctx)
	k, _, there := l.come(ctx, s)
	if !there {
		return nil, false
	}
	for _, try := range l.tries(k) {
		k, before, there := l.come(ctx, s)
		if !there {
			return found, false
		}
		where := try.name + " when " + s.name
		var t turn
		if try.builtin != "" {
			t = l.builtin(ctx, k, try.builtin, before, where)
		} else {
			t = k.say(ctx, try.say(k))
			l.answered(ctx, try.check, t, where)
		}
		if try.follow {
			found = append(found, appendState(nil, k, t)...)
		}
	}
	return found, true
}

// come goes to a state; once more, if what was tried before has changed where the way leads.
func (l *locale) come(ctx context.Context, s state) (k *talk, t turn, there bool) {
	for range 2 {
		k, t, there = l.again(ctx, s.way)
		if there && t.open() && k.fingerprint(t) == s.name {
			return k, t, true
		}
		l.fresh(ctx)
	}
	return k, t, false
}

// try is one thing to say in a state: one of Alexa's intents, or a move that is made when the state is reached.
type try struct {
	name    string
	builtin string
	say     func(*talk) move
	check   string
	follow  bool // whether the exploration goes on from there
}

// tries are what can be said in the state that a talk is in.
func (l *locale) tries(k *talk) []try {
	var all []try
	for _, b := range []string{"AMAZON.StopIntent", "AMAZON.CancelIntent", "AMAZON.HelpIntent", "AMAZON.FallbackIntent", "AMAZON.RepeatIntent"} {
		if l.has(b) {
			all = append(all, try{name: b, builtin: b, follow: true})
		}
	}
	switch k.asks.directive {
	case skill.TypeElicitSlot:
		all = append(all, l.slotTries(k)...)
	case skill.TypeConfirmSlot, skill.TypeConfirmIntent:
		for said, yes := range map[string]bool{"yes": true, "no": false} {
			all = append(all, try{name: said, check: "FUN-8", follow: true, say: func(k *talk) move { return k.confirm(yes) }})
		}
		slices.SortFunc(all, func(a, b try) int { return strings.Compare(a.name, b.name) })
	}
	for _, b := range []string{"AMAZON.YesIntent", "AMAZON.NoIntent"} {
		if l.has(b) {
			all = append(all, try{name: b, builtin: b, follow: true})
		}
	}
	if own := l.own(); len(own) > 0 {
		other := own[l.chance.IntN(len(own))]
		m := l.intent(other.Name, l.full(other))
		all = append(all, try{name: other.Name, check: "FUN-8", say: func(*talk) move { return m }})
	}
	return all
}

// slotTries are answers to a question for a slot: two good ones, and the odd ones.
func (l *locale) slotTries(k *talk) []try {
	var all []try
	m, _ := l.Model.LanguageModel.Intent(k.asks.intent.Name)
	slot, _ := m.Slot(k.asks.slot)
	if !l.secret(m.Name, slot.Name) {
		for n := range 2 {
			value := l.values.Good(m.Name, slot, n)
			all = append(all, try{name: "an answer", check: "FUN-8", follow: true, say: func(k *talk) move { return k.answer(value) }})
		}
	}
	for _, o := range l.values.Odds(slot.Type) {
		if l.secret(m.Name, slot.Name) && o.Value != "?" {
			continue
		}
		all = append(all, try{name: o.Name, check: "FUN-9", follow: true, say: func(k *talk) move { return k.answer(o.Value) }})
	}
	return all
}

// fingerprint names the state that a talk is in: what is asked with a directive, and the shape of what the skill remembers, with
// the values of what looks like the name of a step. A skill that shows no step is known by what it says.
func (k *talk) fingerprint(t turn) string {
	var parts []string
	if k.asks.directive != "" {
		parts = append(parts, strings.TrimPrefix(k.asks.directive, "Dialog."), k.asks.intent.Name)
		if k.asks.slot != "" {
			parts = append(parts, k.asks.slot)
		}
		for _, name := range slices.Sorted(maps.Keys(k.asks.intent.Slots)) {
			if k.asks.intent.Slots[name].Value != "" {
				parts = append(parts, "+"+name)
			}
		}
	}
	for _, key := range slices.Sorted(maps.Keys(k.attributes)) {
		parts = append(parts, shape(key, k.attributes[key])...)
	}
	if k.asks.directive == "" && !slices.ContainsFunc(parts, func(p string) bool { return strings.Contains(p, "=") }) {
		parts = append(parts, "“"+said(t.speech)+"”")
	}
	return strings.Join(parts, " ")
}

// said is a sentence without its numbers, which change, and not too long for a name.
func said(speech string) string {
	plain := strings.Map(func(r rune) rune {
		if unicode.IsDigit(r) {
			return '#'
		}
		return r
	}, speech)
	if sentences := words.Sentences(plain); len(sentences) > 0 {
		plain = sentences[len(sentences)-1]
	}
	return plain
}

// stepNames are attributes whose value tells where a dialog is.
var stepNames = []string{"step", "state", "flow", "stage", "mode", "question", "pending", "next", "intent", "awaiting"}

const maxStepName = 40 // characters; more is content

// shape lists the members of an attribute, as "open.step=pin": names, and values only of steps.
func shape(path string, raw json.RawMessage) []string {
	var members map[string]json.RawMessage
	if json.Unmarshal(raw, &members) == nil && members != nil {
		var all []string
		for _, key := range slices.Sorted(maps.Keys(members)) {
			all = append(all, shape(path+"."+key, members[key])...)
		}
		return all
	}
	last := strings.ToLower(path[strings.LastIndexByte(path, '.')+1:])
	var text string
	if json.Unmarshal(raw, &text) == nil && text != "" && len(text) <= maxStepName && !strings.ContainsAny(text, "0123456789") && slices.Contains(stepNames, last) {
		return []string{fmt.Sprintf("%s=%s", path, text)}
	}
	return []string{path}
}
