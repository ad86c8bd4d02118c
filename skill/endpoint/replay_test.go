package endpoint

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill"
)

func TestReplay(t *testing.T) {
	const silent = `{"version":"1.0","response":{}}`
	for _, row := range []struct {
		name   string
		kind   string
		first  int // what the first is answered with
		status int
		want   string
		acted  int
	}{
		{"a turn", skill.TypeIntentRequest, 200, 400, "", 1},
		{"a turn that was refused", skill.TypeIntentRequest, 400, 400, "", 1},
		{"a turn that failed", skill.TypeIntentRequest, 500, 400, "", 1},
		{"a skill event", skill.TypeSkillDisabled, 200, 200, silent, 1},
		{"a skill event about subscriptions", skill.TypeProactiveSubscriptionChanged, 200, 200, silent, 1},
		{"a skill event that failed", skill.TypeSkillDisabled, 503, 503, "", 2},
	} {
		d := newDoor(t)
		d.status = row.first
		sent := body(row.kind, "r1", noon)
		header := d.alexa.Header(sent)
		if w := d.knock(header, sent); w.Code != row.first {
			t.Errorf("%s: the first got %d", row.name, w.Code)
		}
		w := d.knock(header, sent)
		if w.Code != row.status || row.want != "" && w.Body.String() != row.want || d.acted != row.acted {
			t.Errorf("%s: got %d %s and acted %d times, want %d, %d times", row.name, w.Code, w.Body, d.acted, row.status, row.acted)
		}
		if replayed := slices.Contains(d.reasons, Replayed); replayed != (row.status == 400) {
			t.Errorf("%s: refused for %q", row.name, d.reasons)
		}
	}
}

// The same request comes while it is being answered.
func TestReplayUnderWay(t *testing.T) {
	for kind, want := range map[string]int{skill.TypeIntentRequest: 400, skill.TypeSkillEnabled: 503} {
		d := newDoor(t)
		sent := body(kind, "r1", noon)
		d.behind = func() {
			d.behind = func() {}
			if w := d.signed(sent); w.Code != want {
				t.Errorf("%s: the copy got %d, want %d", kind, w.Code, want)
			}
		}
		if w := d.signed(sent); w.Code != 200 || d.acted != 1 {
			t.Errorf("%s: got %d, acted %d times", kind, w.Code, d.acted)
		}
	}
}

func TestReplayAfterAPanic(t *testing.T) {
	for kind, want := range map[string]int{skill.TypeIntentRequest: 400, skill.TypeSkillEnabled: 200} {
		d := newDoor(t)
		d.behind = func() { panic(http.ErrAbortHandler) }
		sent := body(kind, "r1", noon)
		func() {
			defer func() { _ = recover() }()
			d.signed(sent)
		}()
		d.behind = func() {}
		if w := d.signed(sent); w.Code != want {
			t.Errorf("%s: got %d after a handler that broke off, want %d", kind, w.Code, want)
		}
	}
}

// A copy is refused as long as its time stamp counts, and for its age from then on.
func TestReplayUntilTooOld(t *testing.T) {
	d := newDoor(t)
	ahead := body(skill.TypeLaunchRequest, "r1", noon.Add(MaxTolerance))
	if w := d.signed(ahead); w.Code != 200 {
		t.Fatalf("got %d", w.Code)
	}
	for _, row := range []struct {
		after time.Duration
		want  Reason
	}{
		{0, Replayed}, {MaxTolerance, Replayed}, {2 * MaxTolerance, Replayed}, {2*MaxTolerance + time.Nanosecond, TooOld},
	} {
		d.now, d.reasons = noon.Add(row.after), nil
		if w := d.signed(ahead); w.Code != 400 || len(d.reasons) != 1 || d.reasons[0] != row.want {
			t.Errorf("after %s: got %d for %q, want %q", row.after, w.Code, d.reasons, row.want)
		}
	}
}

func TestReplayCrowded(t *testing.T) {
	d := newDoor(t)
	d.options.Remember = 3
	d.build()
	for i := range 5 {
		if w := d.signed(body(skill.TypeLaunchRequest, fmt.Sprint("r", i), noon.Add(time.Duration(i)*time.Second))); w.Code != 200 {
			t.Fatalf("request %d: got %d", i, w.Code)
		}
	}
	if n := strings.Count(d.log.String(), "requests forgotten early"); n != 1 {
		t.Errorf("said %d times that the oldest are forgotten, want once:\n%s", n, &d.log)
	}
	for i, want := range map[int]int{2: 400, 3: 400, 4: 400} {
		if w := d.signed(body(skill.TypeLaunchRequest, fmt.Sprint("r", i), noon.Add(time.Duration(i)*time.Second))); w.Code != want {
			t.Errorf("the copy of request %d: got %d, want %d", i, w.Code, want)
		}
	}
}

// What has expired makes room, and the two lists never differ.
func TestSightings(t *testing.T) {
	s := newSightings(100)
	for i := range 1000 {
		now := noon.Add(time.Duration(i) * time.Second)
		id := fmt.Sprint(i)
		if state, crowded := s.begin(id, now, now.Add(time.Duration(i%50)*time.Second)); state != firstSeen || crowded {
			t.Fatalf("request %d: state %d, crowded %t", i, state, crowded)
		}
		s.end(id, i%3 == 0)
		if len(s.byID) != len(s.queue) || len(s.queue) > 50 {
			t.Fatalf("after %d requests %d ids and %d in the queue", i, len(s.byID), len(s.queue))
		}
		for place, one := range s.queue {
			if one.place != place || s.byID[one.id] != one {
				t.Fatalf("after %d requests the queue is out of order at %d", i, place)
			}
		}
	}
	s.end("never begun", false)
}
