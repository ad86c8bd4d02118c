package vehicle_test

import (
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"github.com/trunkpass/trunkpass/vehicle"
)

func demoCars() []vehicle.Vehicle {
	return []vehicle.Vehicle{
		{ID: "bolt", Name: "Bolt", Make: "Chevrolet", Model: "Bolt EV", Year: 2021},
		{ID: "golf", Name: "Golf", Make: "Volkswagen", Model: "Golf", Year: 2019},
		{ID: "gti", Name: "Alex's GTI", Make: "Volkswagen", Model: "Golf GTI", Year: 2016},
		{ID: "outback", Name: "Outback", Make: "Subaru", Model: "Outback", Year: 2012},
		{ID: "zoe", Name: "Zoë", Make: "Renault", Model: "Zoe", Year: 2020},
	}
}

func ids(vs []vehicle.Vehicle) string {
	var out []string
	for _, v := range vs {
		out = append(out, string(v.ID))
	}
	return strings.Join(out, " ")
}

func TestMatch(t *testing.T) {
	all := ids(demoCars())
	for _, row := range []struct{ spoken, want string }{
		{"golf", "golf"}, // the name wins over another's model
		{"my Golf", "golf"},
		{"the golf.", "golf"},
		{"GOLF", "golf"},
		{"out back", "outback"}, // a recognizer's spaces
		{"outbak", "outback"},   // one letter missing
		{"outbach", "outback"},  // one wrong
		{"outtback", "outback"}, // one too many
		{"utback", "outback"},
		{"outbck car", "outback"},
		{"oubak", ""},              // two wrong
		{"gulf", ""},               // short words must be right
		{"volkswagen", "golf gti"}, // two of them: ask
		{"the volkswagon", "golf gti"},
		{"v. w.", "golf gti"},
		{"my chevy", "bolt"},
		{"the 2019 volkswagen", "golf"},
		{"volkswagen 2018", ""},
		{"2013 subaru", ""}, // years are never misspelled
		{"alexs gti", "gti"},
		{"Alex’s GTI", "gti"},
		{"golf gti", "gti"},
		{"zoe", "zoe"}, // accents do not count
		{"ZOË", "zoe"},
		{"the red one", ""}, // colors are not known
		{"my car", all},
		{"the one", all},
		{"", ""},
		{"?", ""},
		{"ferrari", ""},
		{"subaru golf", ""}, // words of two cars are none
		{strings.Repeat("golf ", 200), ""},
		{"\xff\xfe", ""},
	} {
		if got := ids(vehicle.Match(demoCars(), row.spoken)); got != row.want {
			t.Errorf("%.40q: got %q, want %q", row.spoken, got, row.want)
		}
	}
}

func TestMatchSameNames(t *testing.T) {
	twins := []vehicle.Vehicle{{ID: "a", Name: "Van"}, {ID: "b", Name: "van"}, {ID: "c", Name: "Car"}}
	for spoken, want := range map[string]string{"van": "a b", "the car": "a b c", "car": "c"} {
		if got := ids(vehicle.Match(twins, spoken)); got != want {
			t.Errorf("%q: got %q, want %q", spoken, got, want)
		}
	}
}

func TestMatchProperties(t *testing.T) {
	name := rapid.StringMatching(`[A-Za-zÀ-ü0-9 '.-]{1,20}`)
	rapid.Check(t, func(r *rapid.T) {
		var cars []vehicle.Vehicle
		for i := range rapid.IntRange(0, 6).Draw(r, "cars") {
			cars = append(cars, vehicle.Vehicle{
				ID: vehicle.ID(rune('a' + i)), Name: name.Draw(r, "name"), Make: name.Draw(r, "make"), Model: name.Draw(r, "model"),
				Year: rapid.IntRange(0, 2100).Draw(r, "year"),
			})
		}
		spoken := rapid.OneOf(name, rapid.String()).Draw(r, "spoken")
		found := vehicle.Match(cars, spoken)
		for _, v := range found {
			if !slices.ContainsFunc(cars, func(c vehicle.Vehicle) bool { return c.ID == v.ID }) {
				r.Fatalf("found %q, which is not there", v.ID)
			}
		}
		shuffled := rapid.Permutation(cars).Draw(r, "shuffled")
		if a, b := sortedIDs(found), sortedIDs(vehicle.Match(shuffled, spoken)); a != b {
			r.Fatalf("the order of the cars matters: %q and %q", a, b)
		}
		loud := strings.ToUpper(spoken) // letters like ß have no upper case of their own
		if a, b := ids(found), ids(vehicle.Match(cars, " "+loud+"!")); strings.EqualFold(strings.ToLower(loud), spoken) && a != b {
			r.Fatalf("case or punctuation matters: %q and %q", a, b)
		}
		for _, v := range cars {
			if strings.ContainsFunc(v.Name, func(r rune) bool { return r >= 'A' && r <= 'z' }) && !strings.Contains(ids(vehicle.Match(cars, v.Name)), string(v.ID)) {
				r.Fatalf("%q is not found by its own name", v.Name)
			}
		}
	})
}

func sortedIDs(vs []vehicle.Vehicle) string {
	parts := strings.Fields(ids(vs))
	slices.Sort(parts)
	return strings.Join(parts, " ")
}
