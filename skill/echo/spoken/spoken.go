// Package spoken turns English words into the slot values that Amazon's built-in slot types give a skill: dates, times,
// durations, numbers, ordinals and four-digit numbers. The pretend Echo (package echo) asks it about every stretch of words
// that a slot of such a type could cover.
//
// All recognizers are pure. They take the whole phrase as the folded words of [Words] and answer with the value and true, or
// false when the phrase as a whole is not such a value; what counts as "now" is an argument. They are kinder than Alexa: a
// phrase that is understood here may still be misheard by a device.
package spoken

// A reader walks through the words of one phrase. Recognizers try a form, and put pos back when it does not fit.
type reader struct {
	words []string
	pos   int
}

func (r *reader) done() bool { return r.pos == len(r.words) }

// peek is the word at the reader, "" at the end.
func (r *reader) peek() string {
	if r.done() {
		return ""
	}
	return r.words[r.pos]
}

// next is the word at the reader, "" at the end, and steps over it.
func (r *reader) next() string {
	w := r.peek()
	if !r.done() {
		r.pos++
	}
	return w
}

// take steps over all the given words if they come next, in this order.
func (r *reader) take(words ...string) bool {
	if len(r.words)-r.pos < len(words) {
		return false
	}
	for i, w := range words {
		if r.words[r.pos+i] != w {
			return false
		}
	}
	r.pos += len(words)
	return true
}

// takeAny steps over the next word if it is one of these, and says which.
func (r *reader) takeAny(words ...string) (string, bool) {
	for _, w := range words {
		if r.take(w) {
			return w, true
		}
	}
	return "", false
}

// lookup steps over the next word if the table has it.
func lookup[V any](r *reader, table map[string]V) (V, bool) {
	v, ok := table[r.peek()]
	if ok {
		r.pos++
	}
	return v, ok
}

// firstWhole gives the value of the first form that covers the whole phrase.
func firstWhole[V any](words []string, forms []func(*reader) (V, bool)) (V, bool) {
	for _, form := range forms {
		r := &reader{words: words}
		if v, ok := form(r); ok && r.done() {
			return v, true
		}
	}
	var none V
	return none, false
}
