package ground

import (
	"context"
	"errors"
	"testing"

	"github.com/trunkpass/trunkpass/intents/ground/groundtest"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/vehicle"
)

var testSurvey = Survey[string]{
	Name:   "test",
	Able:   func(v vehicle.Vehicle) bool { return v.Can(vehicle.TirePressure) },
	Unable: "test.unable",
	Help:   "test.help",
	Detail: func(s skill.Slots) (string, []skill.Act) { return s["part"].Value, nil },
	Tell: func(seen []Seen[string], _ string, _ Facts) []skill.Act {
		acts := make([]skill.Act, len(seen))
		for i := range seen {
			acts[i] = skill.Say{Key: "test.told"}
		}
		return acts
	},
}

func TestSurvey(t *testing.T) {
	asking := look{Asking: "car"}
	heard := func(car string) skill.Heard { return skill.Heard{Slots: groundtest.Slots("car", car)} }
	for _, tc := range []struct {
		name  string
		state look
		event skill.Event
		facts func(*Facts)
		want  string
		step  string
	}{
		{"every car", look{}, skill.Heard{}, nil, "do round", ""},
		{"named car", look{}, heard("bolt"), nil, "do round", ""},
		{"no car", look{}, skill.Heard{}, func(f *Facts) { f.Cars = nil }, "say car.none", ""},
		{"no able car", look{}, skill.Heard{}, func(f *Facts) { f.Cars = f.Cars[3:] }, "say test.unable", ""},
		{"not an able car", look{}, heard("bare"), nil, "say test.unable", ""},
		{"misnamed", look{}, heard("ferrari"), nil, "say car.unknown; ask car.which (car)", "car"},
		{"misnamed, and only one", look{}, heard("ferrari"), func(f *Facts) { f.Cars = f.Cars[:1] }, "say car.unknown; say car.only", ""},
		{"answered", asking, heard("golf"), nil, "do round", ""},
		{"not answered", asking, skill.Heard{}, nil, "ask car.which (car)", "car"},
		{"help", asking, skill.Helped{}, nil, "say test.help; ask car.which (car)", "car"},
		{"repeat", asking, skill.Again{}, nil, "ask car.which (car)", "car"},
		{"no", asking, skill.No{}, nil, "say car.stopped", ""},
		{"nonsense once more", look{Asking: "car", Unclear: MaxUnclear - 1}, skill.Unclear{}, nil, "say car.gave_up", ""},
		{"cloud down", look{}, skill.Done{Effect: round{}, Err: &vehicle.Error{Kind: vehicle.Unavailable, Outcome: vehicle.NotDone}}, nil, "say sorry.unavailable", ""},
		{"told", look{}, skill.Done{Effect: round{}, Result: make([]Seen[string], 2)}, nil, "say test.told; say test.told", ""},
		{"an outcome from nowhere", look{}, skill.Done{Effect: round{}, Result: 7}, nil, "say skill.sorry", ""},
	} {
		t.Run(tc.name, func(t *testing.T) {
			f := lookFacts()
			if tc.facts != nil {
				tc.facts(&f)
			}
			state, acts := testSurvey.next(tc.state, tc.event, f)
			if got := groundtest.Written(acts); got != tc.want || state.Step() != tc.step {
				t.Errorf("acts: %s, step %q\nwant: %s, step %q", got, state.Step(), tc.want, tc.step)
			}
		})
	}
}

// The cars are looked at together, told in their order, and all or none.
func TestSurveyLooksAtEveryCar(t *testing.T) {
	survey, cars := testSurvey, lookFacts().Cars[:3]
	survey.Read = func(_ context.Context, _ Deps, _ vehicle.Token, at At) (string, error) {
		return at.Car.Name + at.Detail, nil
	}
	seen, err := survey.look(t.Context(), Deps{}, "", round{Cars: cars, Detail: "!"})
	if err != nil || len(seen) != 3 || seen[0].What != "Bolt!" || seen[1].What != "Golf!" || seen[2].What != "Outback!" {
		t.Errorf("saw %+v, %v", seen, err)
	}
	survey.Read = func(_ context.Context, _ Deps, _ vehicle.Token, at At) (string, error) {
		if at.Car.Name == "Golf" {
			return "", errors.New("no answer")
		}
		return "seen", nil
	}
	if seen, err := survey.look(t.Context(), Deps{}, "", round{Cars: cars}); err == nil {
		t.Errorf("saw %+v although one car was not seen", seen)
	}
}
