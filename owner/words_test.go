package owner

import (
	"errors"
	"go/ast"
	"go/parser"
	"go/token"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/vehicle"
)

// constants lists the values of the constants of a type in package vehicle.
func constants(t *testing.T, file, ofType string) (values []string) {
	t.Helper()
	tree, err := parser.ParseFile(token.NewFileSet(), "../vehicle/"+file, nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	ast.Inspect(tree, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok {
			return true
		}
		if id, ok := spec.Type.(*ast.Ident); ok && id.Name == ofType {
			value, err := strconv.Unquote(spec.Values[0].(*ast.BasicLit).Value)
			if err != nil {
				t.Fatal(err)
			}
			values = append(values, value)
		}
		return true
	})
	if len(values) < 4 {
		t.Fatalf("found only %v of %s", values, ofType)
	}
	return values
}

// TestEveryEventHasWords walks the types of events that the domain knows, whoever did it.
func TestEveryEventHasWords(t *testing.T) {
	actors := []vehicle.Actor{{Kind: vehicle.ByOwner}, {Kind: vehicle.ByCourier, Name: "UPS"}, {Kind: vehicle.ByCourier}, {Kind: vehicle.ByGuest}, {Kind: vehicle.ByCar}, {Kind: vehicle.ByCloud}, {}}
	for _, kind := range constants(t, "report.go", "EventType") {
		typ := vehicle.EventType(kind)
		if _, ok := sentences[typ]; !ok && typ != vehicle.PositionReleased {
			t.Errorf("no sentence for %s", typ)
		}
		for _, a := range actors {
			for _, who := range []string{"", "UPS"} {
				text, _ := tell(vehicle.Event{Type: typ, Actor: a}, who)
				if strings.ContainsAny(text, "{}") || !strings.HasSuffix(text, ".") || text[:1] != strings.ToUpper(text[:1]) {
					t.Errorf("%s by %+v is told as %q", typ, a, text)
				}
			}
		}
	}
	for _, alert := range constants(t, "report.go", "Alert") {
		if alerts[vehicle.Alert(alert)] == "" {
			t.Errorf("no words for the alert %s", alert)
		}
	}
}

func TestTell(t *testing.T) {
	ups := vehicle.Actor{Kind: vehicle.ByCourier, Name: "UPS"}
	for _, c := range []struct {
		event vehicle.Event
		who   string
		want  string
	}{
		{vehicle.Event{Type: vehicle.GrantCreated, Actor: vehicle.Actor{Kind: vehicle.ByOwner}}, "UPS", "You gave UPS access."},
		{vehicle.Event{Type: vehicle.GrantExtended}, "", "Somebody got more time."},
		{vehicle.Event{Type: vehicle.TrunkOpened, Actor: ups}, "", "UPS opened the trunk."},
		{vehicle.Event{Type: vehicle.PositionReleased, Actor: vehicle.Actor{Kind: vehicle.ByOwner}, Exact: true}, "", "You asked where the car is and learned the exact place."},
		{vehicle.Event{Type: vehicle.PositionReleased, Actor: ups}, "UPS", "UPS learned the area around the car, not the exact place."},
		{vehicle.Event{Type: vehicle.VehicleAlert, Alert: vehicle.AlertTire}, "", "A tire is low."},
		{vehicle.Event{Type: "window.opened_wide"}, "", "Reported: window opened wide."},
	} {
		if got, _ := tell(c.event, c.who); got != c.want {
			t.Errorf("%+v is told as %q, want %q", c.event, got, c.want)
		}
	}
}

func TestStatesHaveWords(t *testing.T) {
	for _, s := range constants(t, "grant.go", "GrantStatus") {
		if shown[vehicle.GrantStatus(s)].text == "" {
			t.Errorf("no words for a grant that is %s", s)
		}
	}
	for _, s := range constants(t, "vehicle.go", "DongleState") {
		if dongles[vehicle.DongleState(s)].text == "" {
			t.Errorf("no words for a dongle that is %s", s)
		}
	}
}

// TestEveryProblemIsTold walks what can go wrong with the cloud.
func TestEveryProblemIsTold(t *testing.T) {
	w := newDesk(t)
	p := &page{Options: w.options}
	for _, kind := range vehicle.Kinds() {
		for _, outcome := range []vehicle.Outcome{vehicle.NotDone, vehicle.MaybeDone} {
			cause := errors.New("something secret about the car")
			a := p.explain(httptest.NewRequest("GET", "/owner/access", nil), &vehicle.Error{Op: "x", Kind: kind, Outcome: outcome, Err: cause})
			if kind == vehicle.NotLinked {
				if a.page != "welcome" || !a.ended {
					t.Errorf("not linked leads to %+v", a)
				}
				continue
			}
			told, ok := a.view.(problem)
			if !ok || told.Title == "" || told.Text == "" || told.Reference == "" || a.status < 400 || told.Label == "" {
				t.Errorf("%s, %s is told as %+v", kind, outcome, a)
			}
			if outcome == vehicle.MaybeDone && told.Title != maybe.Title {
				t.Errorf("%s that may have happened is told as %q", kind, told.Title)
			}
		}
	}
}

// TestNamesBeginSentences: a name of any alphabet may, and none loses a letter by it.
func TestNamesBeginSentences(t *testing.T) {
	for name, want := range map[string]string{
		"Émile": "Émile opened the trunk.", "émile": "Émile opened the trunk.", "Östen": "Östen opened the trunk.", "ärztehaus": "Ärztehaus opened the trunk.",
		"小林": "小林 opened the trunk.", "sam": "Sam opened the trunk.", "": "Your guest opened the trunk.",
	} {
		e := vehicle.Event{Type: vehicle.TrunkOpened, Actor: vehicle.Actor{Kind: vehicle.ByGuest, Name: name}}
		if got, _ := tell(e, ""); got != want {
			t.Errorf("%q: told %q, want %q", name, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	vancouver := zoneOf("America/Vancouver")
	at := func(days, hour int) time.Time { return time.Date(2031, 5, 6+days, hour, 5, 0, 0, vancouver) }
	for _, c := range []struct {
		at   time.Time
		want string
	}{
		{at(0, 0), "Today"}, {at(0, 23), "Today"}, {at(1, 0), "Tomorrow"}, {at(-1, 23), "Yesterday"},
		{at(-2, 12), "Sunday, May 4"}, {at(365, 12), "Wednesday, May 5, 2032"},
	} {
		if got := dayText(c.at, noon, vancouver); got != c.want {
			t.Errorf("%s is called %q, want %q", c.at, got, c.want)
		}
	}
	for _, c := range []struct {
		from, to time.Time
		want     string
	}{
		{at(0, 14), at(0, 18), "Today, 2:05 PM to 6:05 PM"},
		{at(0, 22), at(1, 1), "Today, 10:05 PM to tomorrow, 1:05 AM"},
		{at(3, 22), at(4, 1), "Friday, May 9, 10:05 PM to Saturday, May 10, 1:05 AM"},
	} {
		if got := spanText(vehicle.Window{Start: c.from, End: c.to}, noon, vancouver); got != c.want {
			t.Errorf("got %q, want %q", got, c.want)
		}
	}
	for name, want := range map[string]string{
		"America/Vancouver": "Vancouver time (PDT)", "America/Indiana/Indianapolis": "Indianapolis time (EDT)", "America/Sao_Paulo": "Sao Paulo time",
		"": "UTC", "UTC": "UTC", "Nowhere/Land": "UTC",
	} {
		if got := zoneText(noon, zoneOf(name)); got != want {
			t.Errorf("the zone %q is called %q, want %q", name, got, want)
		}
	}
}
