package skill

import (
	"slices"
	"testing"
)

func TestSlotText(t *testing.T) {
	for _, row := range []struct {
		name string
		slot Slot
		want string
		ok   bool
	}{
		{"a value", Slot{Value: "golf"}, "golf", true},
		{"spaces around", Slot{Value: " golf\t"}, "golf", true},
		{"missing", Slot{}, "", false},
		{"empty", Slot{Value: ""}, "", false},
		{"blank", Slot{Value: " \u00a0\n"}, "", false},
		{"not understood", Slot{Value: "?"}, "", false},
		{"not understood, spaces around", Slot{Value: " ? "}, "", false},
		{"a question", Slot{Value: "golf?"}, "golf?", true},
		{"simple slotValue alone", Slot{SlotValue: &SlotValue{Type: SlotSimple, Value: "golf"}}, "golf", true},
		{"simple slotValue not understood", Slot{SlotValue: &SlotValue{Type: SlotSimple, Value: "?"}}, "", false},
		{"a list", Slot{SlotValue: &SlotValue{Type: SlotList, Values: []SlotValue{{Value: "?"}, {Value: "front left"}, {Value: "rear left"}}}}, "front left", true},
		{"an empty list", Slot{SlotValue: &SlotValue{Type: SlotList}}, "", false},
	} {
		if got, ok := row.slot.Text(); got != row.want || ok != row.ok {
			t.Errorf("%s: got %q, %t, want %q, %t", row.name, got, ok, row.want, row.ok)
		}
	}
}

func TestSlotEntity(t *testing.T) {
	const static, dynamic = "amzn1.er-authority.echo-sdk.amzn1.ask.skill.x.Car", dynamicAuthority + ".amzn1.ask.skill.x.Car"
	answer := func(authority, code string, values ...ResolvedValue) Resolution {
		r := Resolution{Authority: authority, Status: ResolutionStatus{Code: code}}
		for _, v := range values {
			r.Values = append(r.Values, ResolutionValue{Value: v})
		}
		return r
	}
	golf, polo := ResolvedValue{Name: "Golf", ID: "v1"}, ResolvedValue{Name: "Polo", ID: "v2"}
	matched := func(v ResolvedValue) Entity {
		return Entity{ID: v.ID, Name: v.Name, Spoken: "the red one", Matched: true}
	}
	unmatched := Entity{Spoken: "the red one"}
	for _, row := range []struct {
		name    string
		answers []Resolution
		want    Entity
	}{
		{"no answers", nil, unmatched},
		{"static", []Resolution{answer(static, ResolutionMatch, golf)}, matched(golf)},
		{"static, no match first", []Resolution{answer(static, ResolutionNoMatch), answer(dynamic, ResolutionMatch, golf)}, matched(golf)},
		{"dynamic, no match first", []Resolution{answer(dynamic, ResolutionNoMatch), answer(static, ResolutionMatch, golf)}, matched(golf)},
		{"both, static first", []Resolution{answer(static, ResolutionMatch, golf), answer(dynamic, ResolutionMatch, polo)}, matched(polo)},
		{"both, dynamic first", []Resolution{answer(dynamic, ResolutionMatch, polo), answer(static, ResolutionMatch, golf)}, matched(polo)},
		{"two static authorities", []Resolution{answer(static, ResolutionMatch, golf), answer(static, ResolutionMatch, polo)}, matched(golf)},
		{"two values", []Resolution{answer(static, ResolutionMatch, golf, polo)}, matched(golf)},
		{"a match without values", []Resolution{answer(static, ResolutionMatch)}, unmatched},
		{"an empty id", []Resolution{answer(static, ResolutionMatch, ResolvedValue{Name: "Golf"})}, Entity{Name: "Golf", Spoken: "the red one", Matched: true}},
		{"a made-up id", []Resolution{answer(static, ResolutionMatch, ResolvedValue{Name: "Golf", ID: "9a1f0c"})}, matched(ResolvedValue{Name: "Golf", ID: "9a1f0c"})},
		{"time-out", []Resolution{answer(static, ResolutionTimeout, golf)}, unmatched},
		{"exception", []Resolution{answer(static, ResolutionException, golf)}, unmatched},
		{"an unknown code", []Resolution{answer(static, "ER_NEW", golf)}, unmatched},
	} {
		resolutions := &Resolutions{PerAuthority: row.answers}
		if got := (Slot{Value: " the red one ", Resolutions: resolutions}).Entity(); got != row.want {
			t.Errorf("%s: got %+v, want %+v", row.name, got, row.want)
		}
		simple := Slot{SlotValue: &SlotValue{Type: SlotSimple, Value: "the red one", Resolutions: resolutions}}
		if got := simple.Entity(); got != row.want {
			t.Errorf("%s, in slotValue: got %+v, want %+v", row.name, got, row.want)
		}
		if got := (Slot{Value: "?", Resolutions: resolutions}).Entity(); got != (Entity{}) {
			t.Errorf("%s, not understood: got %+v, want nothing", row.name, got)
		}
	}
}

func TestSlotEntities(t *testing.T) {
	got := mustDecode(t, "intent-list").Body.Intent.Slots["wheel"].Entities()
	want := []Entity{
		{ID: "front_left", Name: "front left", Spoken: "front left", Matched: true},
		{Spoken: "the spare"},
	}
	if !slices.Equal(got, want) {
		t.Errorf("got %+v, want %+v", got, want)
	}
	if got := (Slot{}).Entities(); got != nil {
		t.Errorf("an empty slot: got %+v, want none", got)
	}
	car := mustDecode(t, "intent-show").Body.Intent.Slots["car"].Entity()
	if want := (Entity{ID: "veh_01HGOLF", Name: "Golf", Spoken: "golf", Matched: true}); car != want {
		t.Errorf("got %+v, want %+v", car, want)
	}
}
