package echo

import (
	"cmp"
	"fmt"
	"strings"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill/echo/spoken"
)

// pattern is one utterance of the interaction model, or one that Alexa knows by itself, cut into words and slots.
type pattern struct {
	intent   string
	sample   string // as the model writes it
	elements []element
	literals int // how many of the elements are words
	// answer marks what is understood only while a slot is asked for. Elsewhere a phrase of nothing but slots says too
	// little for free words to mean anything.
	answer bool
}

// element is a word, or a slot with its type.
type element struct {
	word       string
	slot, kind string
}

// newPattern cuts a sample. The error names the slot that the intent does not have, or the brace that is not closed.
func newPattern(intent models.ModelIntent, sample string) (pattern, error) {
	p := pattern{intent: intent.Name, sample: sample}
	seen := map[string]bool{}
	rest := sample
	for {
		text, braced, found := strings.Cut(rest, "{")
		p.say(text)
		if !found {
			return p, nil
		}
		name, after, closed := strings.Cut(braced, "}")
		slot, known := intent.Slot(name)
		switch {
		case !closed:
			return pattern{}, fmt.Errorf("sample %q of %s: a brace is not closed", sample, intent.Name)
		case !known:
			return pattern{}, fmt.Errorf("sample %q of %s: the intent has no slot %q", sample, intent.Name, name)
		case seen[name]:
			return pattern{}, fmt.Errorf("sample %q of %s: slot %q stands twice", sample, intent.Name, name)
		}
		seen[name] = true
		p.elements = append(p.elements, element{slot: name, kind: slot.Type})
		rest = after
	}
}

func (p *pattern) say(text string) {
	for _, word := range spoken.Fold(text) {
		p.elements = append(p.elements, element{word: word})
		p.literals++
	}
}

// cost is what a fit has to believe; the cheaper one wins.
type cost struct {
	free      int // slots holding words that nothing lists
	unclear   int // numbers that were heard and not understood
	freeWords int
}

func (c cost) plus(o cost) cost {
	return cost{c.free + o.free, c.unclear + o.unclear, c.freeWords + o.freeWords}
}

func (c cost) compare(o cost) int {
	return cmp.Or(cmp.Compare(c.free, o.free), cmp.Compare(c.unclear, o.unclear), cmp.Compare(c.freeWords, o.freeWords))
}

// fit is a pattern laid over an utterance.
type fit struct {
	*pattern
	cost  cost
	slots map[string]sense
}

// compare puts the better fit first: fewer free slots, fewer unclear numbers, more words of the sample itself, fewer free
// words.
func (f fit) compare(o fit) int {
	return cmp.Or(f.rivals(o), cmp.Compare(f.cost.freeWords, o.cost.freeWords))
}

// rivals is zero for fits between which Alexa would have to guess.
func (f fit) rivals(o fit) int {
	return cmp.Or(cmp.Compare(f.cost.free, o.cost.free), cmp.Compare(f.cost.unclear, o.cost.unclear), cmp.Compare(o.literals, f.literals))
}

// fit lays the pattern over the whole utterance in the cheapest way. Where two ways cost the same, an earlier slot takes as
// many words as it can.
func (p *pattern) fit(h *hearing) (fit, bool) {
	type step struct {
		ok   bool
		cost cost
		end  int // where a slot ends that begins here
	}
	words := len(h.words)
	if len(p.elements) == 0 || len(p.elements) > words {
		return fit{}, false
	}
	// best[e][w] is how elements e… lie best over words w….
	best := make([][]step, len(p.elements)+1)
	for e := range best {
		best[e] = make([]step, words+1)
	}
	best[len(p.elements)][words].ok = true
	for e := len(p.elements) - 1; e >= 0; e-- {
		el := p.elements[e]
		for w := words - 1; w >= e; w-- {
			if el.slot == "" {
				if next := best[e+1][w+1]; next.ok && h.words[w].Text == el.word {
					best[e][w] = step{ok: true, cost: next.cost}
				}
				continue
			}
			for end := words; end > w; end-- {
				next := best[e+1][end]
				if !next.ok {
					continue
				}
				s := h.sense(el.kind, w, end)
				if s.how == unheard || s.how == free && p.literals == 0 && !p.answer {
					continue
				}
				if c := next.cost.plus(s.cost()); !best[e][w].ok || c.compare(best[e][w].cost) < 0 {
					best[e][w] = step{true, c, end}
				}
			}
		}
	}
	if !best[0][0].ok {
		return fit{}, false
	}
	f := fit{pattern: p, cost: best[0][0].cost, slots: map[string]sense{}}
	for e, w := 0, 0; e < len(p.elements); e++ {
		end := w + 1
		if el := p.elements[e]; el.slot != "" {
			end = best[e][w].end
			f.slots[el.slot] = h.sense(el.kind, w, end)
		}
		w = end
	}
	return f, true
}

// distance counts how many words of the utterance and the sample do not fit each other, a slot being worth the words that it
// understands, or any one word at the price of one.
func (p *pattern) distance(h *hearing) int {
	words := len(h.words)
	row := make([]int, words+1) // from element e on, for each word
	for w := range row {
		row[w] = words - w
	}
	for e := len(p.elements) - 1; e >= 0; e-- {
		el := p.elements[e]
		next := row
		row = make([]int, words+1)
		for w := words; w >= 0; w-- {
			row[w] = 1 + next[w] // nobody said it
			if w == words {
				continue
			}
			row[w] = min(row[w], 1+row[w+1], 1+next[w+1]) // one word too many, or another word
			if el.slot == "" && h.words[w].Text == el.word {
				row[w] = min(row[w], next[w+1])
			}
			for end := w + 1; el.slot != "" && end <= words; end++ {
				if h.sense(el.kind, w, end).how == understood {
					row[w] = min(row[w], next[end])
				}
			}
		}
	}
	return row[0]
}
