package word_test

import (
	"log/slog"
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/getkin/kin-openapi/openapi3"

	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/owner/word"
	"github.com/trunkpass/trunkpass/skill/echo/bell"
	"github.com/trunkpass/trunkpass/skill/notify"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
	"github.com/trunkpass/trunkpass/vehicle/dongle"
)

// aloud is what Alexa says of each event, through the client and a pretend Alexa; nothing, where it is not told. The
// event is of a grant unless it says otherwise.
var aloud = []struct {
	event  vehicle.EventType
	change func(*dongle.Message)
	want   string
}{
	{vehicle.TrunkOpened, nil, "You have one new message from your Betsy: the trunk was opened for somebody you let in."},
	{vehicle.TrunkOpened, ownDoing, ""},
	{vehicle.TrunkOpened, byCourier, "You have one new message from your Betsy: the trunk was opened for somebody you let in."},
	{vehicle.TrunkClosed, nil, "You have one new message from your Betsy: the trunk is closed again."},
	{vehicle.TrunkClosed, ownDoing, ""},
	{vehicle.TrunkLocked, nil, ""},
	{vehicle.TrunkLeftOpen, nil, "You have one new urgent message from your Betsy: the trunk was left open."},
	{vehicle.TrunkLeftOpen, ownDoing, "You have one new urgent message from your Betsy: the trunk was left open."},
	{vehicle.KeyBoxOpened, nil, "You have one new message from your Betsy: the key box was opened for somebody you let in."},
	{vehicle.KeyBoxOpened, ownDoing, ""},
	{vehicle.KeyBoxClosed, nil, "You have one new message from your Betsy: the key box is closed again."},
	{vehicle.KeyMissing, nil, "You have one new urgent message from your Betsy: the key box was closed without its key."},
	{vehicle.DeliveryCompleted, byCourier, "Your order from UPS has been delivered."},
	{vehicle.DeliveryCompleted, nil, "Your order from your courier has been delivered."},
	{vehicle.DeliveryCompleted, byGuest, "Your order from your courier has been delivered."},
	{vehicle.GrantExpired, nil, "You have one new message from your Betsy: nobody came in the time that you had allowed."},
	{vehicle.VehicleAlert, alert(vehicle.AlertTire), "You have one new message from your Betsy: a tire is low."},
	{vehicle.VehicleAlert, alert(vehicle.AlertBattery), "You have one new message from your Betsy: the battery is low."},
	{vehicle.VehicleAlert, alert(vehicle.AlertEngine), "You have one new message from your Betsy: the engine light came on."},
	{vehicle.VehicleAlert, alert(vehicle.AlertUnplugged), "You have one new message from your Betsy: its dongle was unplugged."},
	{vehicle.VehicleAlert, nil, ""}, // of something new
	{vehicle.GrantCreated, nil, ""},
	{vehicle.GrantExtended, nil, ""},
	{vehicle.GrantRevoked, nil, ""},
	{vehicle.GrantRedeemed, nil, ""},
	{vehicle.DeliveryEnRoute, nil, ""},
	{vehicle.DeliveryArrived, nil, ""},
	{vehicle.CommandSucceeded, nil, ""},
	{vehicle.CommandFailed, nil, ""},
	{vehicle.VehicleBlocked, nil, ""},
	{vehicle.VehicleUnblocked, nil, ""},
	{vehicle.PositionReleased, nil, ""},
}

func ownDoing(m *dongle.Message) { m.Event.Grant = "" }

func byCourier(m *dongle.Message) {
	m.Event.Grant, m.Event.Actor = "", vehicle.Actor{Kind: vehicle.ByCourier, Name: "UPS"}
}

func byGuest(m *dongle.Message) { m.Event.Actor = vehicle.Actor{Kind: vehicle.ByGuest, Name: "Sam"} }

func alert(a vehicle.Alert) func(*dongle.Message) {
	return func(m *dongle.Message) { m.Event.Alert = a }
}

// speaker is a messenger whose notices reach a pretend Alexa.
func speaker(t *testing.T, d *desk) (*word.Messenger, *bell.Bell) {
	t.Helper()
	o := d.options()
	b, err := bell.New(bell.Options{ClientID: "id", ClientSecret: "secret", Locales: []string{"en-US"}, Now: o.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.Close(); err != nil {
			t.Error(err)
		}
	})
	b.Subscribe("alex", true)
	alexa, err := notify.New(notify.Options{
		ClientID: "id", ClientSecret: "secret", Locales: []string{"en-US"}, TokenURL: b.TokenURL(),
		Hosts: map[notify.Region]string{notify.Europe: b.URL()}, HTTP: http.DefaultClient, Now: o.Now, Log: slog.New(slog.DiscardHandler),
	})
	if err != nil {
		t.Fatal(err)
	}
	o.Send = alexa.Send
	return messenger(t, o), b
}

func TestAloud(t *testing.T) {
	t.Parallel()
	d := newDesk()
	d.account.Preferences.Nicknames = map[string]string{"golf": "Betsy"}
	m, b := speaker(t, d)
	heard := map[vehicle.EventType]bool{}
	for i, row := range aloud {
		heard[row.event] = true
		message := left
		message.ID, message.Event.ID = "msg_"+string(rune('A'+i)), "evt_"+string(rune('A'+i))
		message.Event.Type, message.Event.Grant = row.event, "grt_1"
		if row.change != nil {
			row.change(&message)
		}
		for range 2 { // it comes twice and is said once
			if err := m.Receive(t.Context(), message); err != nil {
				t.Fatalf("%s: %v", row.event, err)
			}
			d.inbox = map[string]store.Claim{} // and nobody remembers but Alexa
		}
		texts, err := b.Read(t.Context(), "alex")
		if got := strings.Join(texts, " | "); err != nil || got != row.want {
			t.Errorf("%s:\n got %s, %v\nwant %s", row.event, got, err, row.want)
		}
	}
	for _, e := range everyEvent(t) {
		if !heard[e] {
			t.Errorf("nobody has decided what is said of %s", e)
		}
	}
}

// Every locale of the skill has lines, as short and plain as those of a conversation.
func TestLines(t *testing.T) {
	t.Parallel()
	catalog, err := word.Speech()
	if err != nil {
		t.Fatal(err)
	}
	if got := catalog.Locales(); !slices.Equal(got, models.Locales()) {
		t.Errorf("there are lines in %q, and the skill speaks %q", got, models.Locales())
	}
	for _, problem := range catalog.Lint() {
		t.Error(problem)
	}
}

// everyEvent reads from the contract what a cloud can send.
func everyEvent(t *testing.T) []vehicle.EventType {
	t.Helper()
	contract, err := openapi3.NewLoader().LoadFromFile("../../vehicle/dongle/openapi.yaml")
	if err != nil {
		t.Fatal(err)
	}
	var all []vehicle.EventType
	for _, e := range contract.Components.Schemas["EventType"].Value.Enum {
		all = append(all, vehicle.EventType(e.(string)))
	}
	if len(all) == 0 {
		t.Fatal("the contract has no events")
	}
	return all
}

// TestNamesInARoom: what somebody may have typed as a name must not be said to a room.
func TestNamesInARoom(t *testing.T) {
	t.Parallel()
	for name, want := range map[string]string{
		"":                                     "your car",
		"Betsy":                                "your Betsy",
		"  Big   Red ":                         "your Big Red",
		"VW":                                   "your VW",
		"X-Trail":                              "your X-Trail",
		"Two of Us":                            "your Two of Us",
		"The Four Seven":                       "your The Four Seven",
		"Fiat 500":                             "your car",
		"AB12 CDE":                             "your car",
		"B-AB 123":                             "your car",
		"B-AB":                                 "your car",
		"ABC 123":                              "your car",
		"KA XY":                                "your car",
		"ΑΒΓ Golf":                             "your car",
		"12 Main Street":                       "your car",
		"four eight two one":                   "your car",
		"Four-Eight-Two":                       "your car",
		"code oh four double two":              "your car",
		"forty eight twenty one":               "your car",
		"四八二一":                                 "your car",
		"四 八 二":                                "your car",
		"٤٨٢":                                  "your car",
		"Citroën":                              "your Citroën",
		"Mom's car":                            "your Mom's car",
		"Black & White":                        "your Black & White",
		"4821":                                 "your car",
		"Golf 4821":                            "your car",
		"B-AX 1234":                            "your car",
		"<break/>":                             "your car",
		"the one at 12 Main Street, Vancouver": "your car",
		"a name that goes on and on and on and on":  "your a name that goes on and on and on and on",
		"a name that goes on and on and on and on.": "your car",
		"two\nlines": "your car",
		"\u202egolf": "your car",
	} {
		d := newDesk()
		d.account.Preferences.Nicknames = map[string]string{"golf": name, "bolt": "Sparky"}
		if err := messenger(t, d.options()).Receive(t.Context(), left); err != nil {
			t.Fatalf("%q: %v", name, err)
		}
		said, ok := d.sent[0].What.(notify.Message)
		if !ok || said.Creator != want+": the trunk was left open" {
			t.Errorf("%q: from %q, want %q", name, said.Creator, want)
		}
	}
}
