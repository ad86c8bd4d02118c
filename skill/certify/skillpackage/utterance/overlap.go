package utterance

import (
	"fmt"
	"slices"
	"strings"
)

// Collision is an utterance that two patterns of different intents both understand.
type Collision struct {
	A, B *Pattern
	Said string // the words; a slot of Amazon's types as "{AMAZON.DATE}"
}

// Limits of the comparison, which a hostile model would otherwise keep busy for days.
const (
	maxPairs = 10_000_000
	maxSteps = 20_000     // for one pair
	maxWork  = 10_000_000 // for all pairs together
)

// Collisions finds the pairs of samples of different intents that can be said with the same words, slots holding their
// values: one pair for each two intents and sample of the first. Samples that are the same but for the names of their slots
// are left out; they are found without looking at values. complete is false if the model is too large to compare all.
func (l *Lexicon) Collisions(patterns []Pattern) (found []Collision, complete bool) {
	// Whoever begins with other words has nothing in common.
	byFirst, firsts, bare := map[string][]int{}, make([][]string, len(patterns)), make([]string, len(patterns))
	for i := range patterns {
		firsts[i], bare[i] = l.firsts(&patterns[i]), patterns[i].Bare()
		for _, first := range firsts[i] {
			byFirst[first] = append(byFirst[first], i)
		}
	}
	pairs, work := 0, 0
	metBy := make([]int, len(patterns)) // one more than the last pattern that each was compared with
	reported := map[string]bool{}
	for i := range patterns {
		for _, first := range firsts[i] {
			for _, j := range byFirst[first] {
				a, b := &patterns[i], &patterns[j]
				if j <= i || metBy[j] == i+1 || a.Intent == b.Intent || bare[i] == bare[j] {
					continue
				}
				metBy[j] = i + 1
				said, steps, ok := l.overlap(a, b)
				pairs, work = pairs+1, work+steps
				if pairs > maxPairs || work > maxWork {
					return found, false
				}
				if !ok {
					continue
				}
				if key := a.Intent + "\n" + b.Intent + "\n" + a.Sample; !reported[key] {
					reported[key] = true
					found = append(found, Collision{a, b, said})
				}
			}
		}
	}
	return found, true
}

// firsts are the words that an utterance of the pattern can begin with.
func (l *Lexicon) firsts(p *Pattern) []string {
	if len(p.Elements) == 0 {
		return nil
	}
	var firsts []string
	for _, value := range l.alternatives(p.Elements[0], "") {
		firsts = append(firsts, value[0])
	}
	slices.Sort(firsts)
	return slices.Compact(firsts)
}

// alternatives are what an element can be said as, beginning with first if that is not "". Of Amazon's types only the type
// itself is known; it stands as one word for its values.
func (l *Lexicon) alternatives(e Element, first string) [][]string {
	if e.Slot == "" {
		if first == "" || first == e.Word {
			return [][]string{{e.Word}}
		}
		return nil
	}
	var all [][]string
	if first != "" {
		all = slices.Clone(l.types[e.Type][first])
	} else {
		for _, v := range l.types[e.Type] {
			all = append(all, v...)
		}
	}
	if class := opaque(e.Type); class != "" && (first == "" || first == class) {
		all = append(all, []string{class})
	}
	return all
}

func opaque(slotType string) string {
	switch {
	case !BuiltIn(slotType):
		return ""
	case numeric(slotType):
		return "{AMAZON.NUMBER}" // what one understands, another does
	default:
		return "{" + slotType + "}"
	}
}

// Overlap tells whether both patterns understand a same utterance, and which.
func (l *Lexicon) Overlap(a, b *Pattern) (string, bool) {
	said, _, ok := l.overlap(a, b)
	return said, ok
}

func (l *Lexicon) overlap(a, b *Pattern) (said string, steps int, ok bool) {
	before, left, right, after, ok := strip(a.Elements, b.Elements)
	if !ok {
		return "", 0, false
	}
	o := overlap{l: l, seen: map[string]bool{}}
	if !o.walk(left, right, nil) {
		return "", o.steps, false
	}
	slices.Reverse(o.said)
	return strings.Join(slices.Concat(before, o.said, after), " "), o.steps, true
}

// strip takes off the words that both begin and end with, which most pairs of samples already differ in.
func strip(a, b []Element) (before []string, left, right []Element, after []string, ok bool) {
	for len(a) > 0 && len(b) > 0 && a[0].Slot == "" && b[0].Slot == "" {
		if a[0].Word != b[0].Word {
			return nil, nil, nil, nil, false
		}
		before = append(before, a[0].Word)
		a, b = a[1:], b[1:]
	}
	for len(a) > 0 && len(b) > 0 {
		x, y := a[len(a)-1], b[len(b)-1]
		if x.Slot != "" || y.Slot != "" {
			break
		}
		if x.Word != y.Word {
			return nil, nil, nil, nil, false
		}
		after = append(after, x.Word)
		a, b = a[:len(a)-1], b[:len(b)-1]
	}
	slices.Reverse(after)
	return before, a, b, after, (len(a) == 0) == (len(b) == 0)
}

type overlap struct {
	l     *Lexicon
	seen  map[string]bool // dead ends
	steps int
	said  []string // from the end, filled when the walk has succeeded
}

// walk tries to say both patterns at once. pending are words that a has said and b has not.
func (o *overlap) walk(a, b []Element, pending []string) bool {
	if len(pending) == 0 && len(a) == 0 && len(b) == 0 {
		return true
	}
	key := fmt.Sprintf("%d %d %s", len(a), len(b), strings.Join(pending, " "))
	if o.steps++; o.steps > maxSteps || o.seen[key] {
		return false
	}
	o.seen[key] = true
	if len(pending) == 0 {
		return o.begin(a, b)
	}
	if len(b) == 0 {
		return false
	}
	for _, value := range o.l.alternatives(b[0], pending[0]) {
		n := min(len(value), len(pending))
		if !slices.Equal(value[:n], pending[:n]) {
			continue
		}
		if len(value) <= len(pending) {
			if o.walk(a, b[1:], pending[n:]) {
				o.say(value)
				return true
			}
			continue
		}
		// Now b is ahead: the same question with the two exchanged. The state is told apart by its lengths.
		swapped := &overlap{l: o.l, seen: map[string]bool{}, steps: o.steps}
		ok := swapped.walk(b[1:], a, value[n:])
		o.steps = swapped.steps
		if ok {
			o.said = append(o.said, swapped.said...)
			o.say(pending)
			return true
		}
	}
	return false
}

// begin lets a say its next element.
func (o *overlap) begin(a, b []Element) bool {
	if len(a) == 0 || len(b) == 0 {
		return false
	}
	if a[0].Slot != "" && a[0].Type == b[0].Type && o.walk(a[1:], b[1:], nil) {
		o.said = append(o.said, "{"+a[0].Type+"}")
		return true
	}
	// Only what b can begin with needs to be said; b's words are few where a's values may be many.
	for _, first := range o.beginnings(b[0]) {
		for _, value := range o.l.alternatives(a[0], first) {
			if o.walk(a[1:], b, value) {
				return true
			}
		}
	}
	return false
}

func (o *overlap) beginnings(e Element) []string {
	var firsts []string
	for _, value := range o.l.alternatives(e, "") {
		firsts = append(firsts, value[0])
	}
	slices.Sort(firsts)
	return slices.Compact(firsts)
}

func (o *overlap) say(words []string) {
	for _, w := range slices.Backward(words) {
		o.said = append(o.said, w)
	}
}
