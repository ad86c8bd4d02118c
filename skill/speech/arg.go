package speech

import (
	"errors"
	"fmt"
	"strings"
)

// Arg is a value that speech knows how to say: Name, Count, Duration, Clock, Moment, Ago, Day, Pressure, Percent,
// Voltage, Distance, Fuel, Energy, FuelEconomy, EnergyEconomy, List and Phrase. The list is closed, so that text
// of another origin cannot slip into a line.
type Arg interface {
	// format gives an SSML fragment that is well formed whatever the value is. The error must not
	// contain the value.
	format(v *Voice, s Setting) (string, error)
}

var (
	_ Arg = Name("")
	_ Arg = Count(0)
	_ Arg = List{}
	_ Arg = Phrase{}
)

// Name is what somebody calls something: a car, a carrier. It is said as it is written, escaped. One that
// is blank cannot be said.
type Name string

func (n Name) format(*Voice, Setting) (string, error) {
	text := escape(string(n))
	if text == "" {
		return "", errors.New("a blank name")
	}
	return text, nil
}

// Count is how many there are: in words below ten, in digits from then on. Under the name "count" it also
// selects the plural form of its line. It is never negative.
type Count int

var errNegativeCount = errors.New("a negative count")

func (n Count) format(v *Voice, _ Setting) (string, error) {
	if n < 0 {
		return "", errNegativeCount
	}
	return v.cardinal(int(n)), nil
}

// List says several things in a row, "Bolt, Golf, and Outback", or with "or" for a choice. An empty list
// cannot be said.
type List struct {
	Items []Arg
	Or    bool
}

func (l List) format(v *Voice, s Setting) (string, error) {
	if len(l.Items) == 0 {
		return "", errors.New("an empty list")
	}
	words := make([]string, len(l.Items))
	for i, item := range l.Items {
		if item == nil {
			return "", fmt.Errorf("item %d of the list is missing", i+1)
		}
		var err error
		if words[i], err = item.format(v, s); err != nil {
			return "", fmt.Errorf("item %d of the list: %w", i+1, err)
		}
	}
	joints := v.format.and
	if l.Or {
		joints = v.format.or
	}
	last := len(words) - 1
	switch last {
	case 0:
		return words[0], nil
	case 1:
		return words[0] + joints.two + words[1], nil
	default:
		return strings.Join(words[:last], joints.comma) + joints.last + words[last], nil
	}
}

// Phrase says another line of the catalog within a line: the name of a wheel, a reason.
type Phrase struct {
	Key  Key
	Args Args
}

// maxDepth bounds phrases within phrases. Two levels are in use; a phrase that holds itself ends here.
const maxDepth = 8

func (p Phrase) format(v *Voice, s Setting) (string, error) {
	if s.depth++; s.depth > maxDepth {
		return "", errors.New("phrases within phrases without end")
	}
	return v.Line(p.Key, p.Args, s)
}
