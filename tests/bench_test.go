package tests

import (
	"bufio"
	"bytes"
	"context"
	"crypto/rand"
	"encoding/json"
	"fmt"
	"log/slog"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/intents"
	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/device"
	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/skill/speech"
	"github.com/trunkpass/trunkpass/store"
	"github.com/trunkpass/trunkpass/vehicle"
)

// docs/performance.md holds what these measure: a turn from body to body with everything outside of the skill
// answered from memory, and the program from its start to its first answer.

// BenchmarkTurnTire is "what's my tire pressure".
func BenchmarkTurnTire(b *testing.B) {
	answer, body := newBenchSkill(b), tireBody(b)
	mustSay(b, answer(b, body), "front left tire")
	b.ReportAllocs()
	for b.Loop() {
		answer(b, body)
	}
}

// BenchmarkTurnTireParallel is the same turn on every processor at once: what turns share shows here.
func BenchmarkTurnTireParallel(b *testing.B) {
	answer, body := newBenchSkill(b), tireBody(b)
	b.ReportAllocs()
	b.ResetTimer()
	b.RunParallel(func(pb *testing.PB) {
		for pb.Next() {
			answer(b, body)
		}
	})
}

// BenchmarkTurnGrant is the turn that answers the read-back with the right PIN and makes the grant.
func BenchmarkTurnGrant(b *testing.B) {
	answer := newBenchSkill(b)
	asked := mustSay(b, answer(b, courierBody(b)), "PIN")
	body := pinBody(b, asked.SessionAttributes)
	mustSay(b, answer(b, body), "UPS can open")
	b.ReportAllocs()
	for b.Loop() {
		answer(b, body)
	}
}

// BenchmarkStart is the built program from its start until its first answer can be read: in a folder that it
// has yet to make, and in one that it made on a run before.
func BenchmarkStart(b *testing.B) {
	program, err := build("shipped", "-trimpath")
	if err != nil {
		b.Fatal(err)
	}
	made := filepath.Join(b.TempDir(), "made")
	firstAnswer(b, program, made)()
	for _, run := range []struct {
		name    string
		prepare func(data string) error
	}{
		{"First", func(string) error { return nil }},
		{"Second", func(data string) error { return os.CopyFS(data, os.DirFS(made)) }},
	} {
		b.Run(run.name, func(b *testing.B) {
			folder := b.TempDir()
			for i := 0; b.Loop(); i++ {
				b.StopTimer()
				data := filepath.Join(folder, strconv.Itoa(i))
				if err := run.prepare(data); err != nil {
					b.Fatal(err)
				}
				b.StartTimer()
				end := firstAnswer(b, program, data)
				b.StopTimer()
				end()
				b.StartTimer()
			}
		})
	}
}

// firstAnswer starts the program with one turn to say and returns once its answer has been read. end waits
// until the program has closed its files.
func firstAnswer(b *testing.B, program, data string) (end func()) {
	b.Helper()
	command := exec.CommandContext(b.Context(), program, "say", "--data", data, "what's my tire pressure")
	out, err := command.StdoutPipe()
	if err != nil {
		b.Fatal(err)
	}
	if err := command.Start(); err != nil {
		b.Fatal(err)
	}
	lines := bufio.NewScanner(out)
	for lines.Scan() && !strings.HasPrefix(lines.Text(), "Alexa:") {
	}
	if lines.Err() != nil || !strings.Contains(lines.Text(), "Golf") {
		b.Fatalf("the first answer is %q, %v", lines.Text(), lines.Err())
	}
	return func() {
		if err := command.Wait(); err != nil {
			b.Fatal(err)
		}
	}
}

// answering is one turn of a skill, from body to body.
type answering func(b testing.TB, body []byte) []byte

// newBenchSkill is the skill as the program wires it, over a world that is all in memory and never changes.
func newBenchSkill(b testing.TB) answering {
	b.Helper()
	w := newStillWorld(b)
	return newBenchSkillOver(b, w, intents.Deps{Cars: w, Accounts: w, PINs: w, Devices: w})
}

func newBenchSkillOver(b testing.TB, w *stillWorld, deps intents.Deps) answering {
	b.Helper()
	catalog, err := wholeCatalog()
	if err != nil {
		b.Fatal(err)
	}
	config := intents.Config(deps)
	config.ApplicationID, config.Catalog = applicationID, catalog
	config.Progress = func(context.Context, *skill.Request, string) error { return nil }
	config.Now, config.NewID, config.Log = func() time.Time { return w.now }, rand.Text, slog.New(slog.DiscardHandler)
	trunkpass, err := skill.New(config)
	if err != nil {
		b.Fatal(err)
	}
	return func(b testing.TB, body []byte) []byte {
		answer, err := trunkpass.Answer(context.Background(), body)
		if err != nil {
			b.Error(err)
		}
		return answer
	}
}

// wholeCatalog is read once: with the race detector that takes a while.
var wholeCatalog = sync.OnceValues(func() (*speech.Catalog, error) {
	return speech.Load(models.Speech, skill.Lines(), intents.Lines())
})

// mustSay proves that what is measured is the turn that is meant.
func mustSay(b testing.TB, answer []byte, says string) *skill.Response {
	b.Helper()
	var r skill.Response
	if err := json.Unmarshal(answer, &r); err != nil {
		b.Fatal(err)
	}
	if r.Body.OutputSpeech == nil || !strings.Contains(r.Body.OutputSpeech.SSML, says) {
		b.Fatalf("the answer does not say %q: %s", says, answer)
	}
	return &r
}

// stillWorld is the demo world with nothing behind it: every port of the conversations, no file, no network
// and no hash.
type stillWorld struct {
	now       time.Time
	zone      *time.Location
	household vehicle.Household
	diagnosis vehicle.Diagnosis
	carriers  []vehicle.Carrier
}

func newStillWorld(b testing.TB) *stillWorld {
	b.Helper()
	now, err := parseClock("2031-05-06 14:00 America/Vancouver")
	if err != nil {
		b.Fatal(err)
	}
	tire := func(w vehicle.Wheel, kPa vehicle.Kilopascals) vehicle.Tire {
		return vehicle.Tire{
			Wheel: w, Recommended: 248,
			Pressure: vehicle.Reading[vehicle.Kilopascals]{Value: kPa, ObservedAt: now.Add(-time.Minute)},
			Status:   vehicle.Reading[vehicle.TireState]{Missing: vehicle.NotSupported},
		}
	}
	car := func(id, name string, can ...vehicle.Capability) vehicle.Vehicle {
		return vehicle.Vehicle{ID: vehicle.ID(id), Name: name, Capabilities: can}
	}
	return &stillWorld{
		now: now, zone: now.Location(),
		household: vehicle.Household{
			Owner: vehicle.Owner{ID: "own_demo", Zone: now.Location()},
			Vehicles: []vehicle.Vehicle{
				car("veh_bolt", "Bolt", vehicle.TirePressure, vehicle.OpenTrunk),
				car("veh_golf", "Golf", vehicle.TirePressure, vehicle.OpenTrunk, vehicle.UnlockDoors, vehicle.LockDoors),
				car("veh_outback", "Outback", vehicle.TireStatus),
			},
		},
		diagnosis: vehicle.Diagnosis{Vehicle: "veh_golf", Tires: []vehicle.Tire{
			tire(vehicle.FrontLeft, 193), tire(vehicle.FrontRight, 241), tire(vehicle.RearLeft, 243), tire(vehicle.RearRight, 242),
		}},
		carriers: []vehicle.Carrier{
			{ID: "fedex", Name: "FedEx", Verified: true}, {ID: "speedy", Name: "Speedy Parcels"}, {ID: "ups", Name: "UPS", Verified: true},
		},
	}
}

func (w *stillWorld) Household(context.Context, vehicle.Token) (vehicle.Household, error) {
	return w.household, nil
}

func (w *stillWorld) Diagnosis(context.Context, vehicle.Token, vehicle.ID) (vehicle.Diagnosis, error) {
	return w.diagnosis, nil
}

func (w *stillWorld) Carriers(context.Context, vehicle.Token) ([]vehicle.Carrier, error) {
	return w.carriers, nil
}

func (w *stillWorld) Grants(context.Context, vehicle.Token, vehicle.ID) ([]vehicle.Grant, error) {
	return nil, nil
}

func (w *stillWorld) CreateGrant(_ context.Context, _ vehicle.Token, _ vehicle.IdempotencyKey, r vehicle.GrantRequest) (vehicle.Grant, error) {
	return vehicle.Grant{
		ID: "grt_1", Vehicle: r.Vehicle, AccessPoint: r.AccessPoint, Carrier: vehicle.Carrier{ID: r.CarrierID},
		Window: r.Window, MaxUses: 1, CreatedAt: w.now,
	}, nil
}

func (w *stillWorld) Account(_ context.Context, owner string) (store.Account, error) {
	return store.Account{Owner: owner, Revision: 2, PIN: pin.Record{Hash: "set"}, Preferences: demoPreferences}, nil
}

func (w *stillWorld) CheckRead(context.Context, string, pin.Code, pin.Record, pin.Revision) (pin.Verdict, error) {
	return pin.Verdict{Result: pin.Right}, nil
}

func (w *stillWorld) TimeZone(context.Context, skill.System) (*time.Location, error) {
	return w.zone, nil
}

func (w *stillWorld) Units(context.Context, skill.System) (device.Units, error) {
	return device.Units{Distance: device.Imperial, Temperature: device.Fahrenheit}, nil
}

// tireBody is the request that the peers answer too.
func tireBody(b testing.TB) []byte {
	b.Helper()
	body, err := os.ReadFile("peers/request.json")
	if err != nil {
		b.Fatal(err)
	}
	return body
}

func courierBody(b testing.TB) []byte {
	return requestBody(b, map[string]json.RawMessage{}, "LetCourierIn", `"dialogState":"STARTED",`, `"carrier":{"name":"carrier","value":"u. p. s.",
		"resolutions":{"resolutionsPerAuthority":[{"authority":"amzn1.er-authority.echo-sdk.`+applicationID+`.Carrier",
		"status":{"code":"ER_SUCCESS_MATCH"},"values":[{"value":{"name":"UPS","id":"ups"}}]}]},"confirmationStatus":"NONE","source":"USER"},`+unfilled("pin"))
}

func pinBody(b testing.TB, attributes map[string]json.RawMessage) []byte {
	return requestBody(b, attributes, "LetCourierIn", `"dialogState":"IN_PROGRESS",`,
		`"pin":{"name":"pin","value":"`+string(rightPIN)+`","confirmationStatus":"NONE","source":"USER"},`+unfilled("carrier"))
}

// unfilled are the courier's slots that nothing was said for; Alexa lists them all the same.
func unfilled(last string) string {
	var slots []string
	for _, name := range []string{"car", "date", "from", "until", "duration", last} {
		slots = append(slots, fmt.Sprintf(`%q:{"name":%q,"confirmationStatus":"NONE"}`, name, name))
	}
	return strings.Join(slots, ",")
}

// requestBody is a request as a plain Echo sends it, with tokens as long as Alexa's are.
func requestBody(b testing.TB, attributes map[string]json.RawMessage, intent, dialog, slots string) []byte {
	b.Helper()
	said, err := json.Marshal(attributes)
	if err != nil {
		b.Fatal(err)
	}
	opaque := func(n int) string { return strings.Repeat("QWx0aGFpcnNhcmVvcGFxdWU", n)[:n] }
	user := `"user":{"userId":"amzn1.ask.account.` + opaque(207) + `","accessToken":"` + opaque(520) + `"}`
	application := `"application":{"applicationId":"` + applicationID + `"}`
	body := fmt.Sprintf(`{"version":"1.0",
		"session":{"new":%t,"sessionId":"amzn1.echo-api.session.8f9d6a1e-53b5-4a86-9d6c-7f2f8d3e4a10",%s,"attributes":%s,%s},
		"context":{"System":{%s,%s,"device":{"deviceId":"amzn1.ask.device.%s","supportedInterfaces":{}},
		"apiEndpoint":"https://api.fe.amazonalexa.com","apiAccessToken":"%s"}},
		"request":{"type":"IntentRequest","requestId":"amzn1.echo-api.request.1d2f3b4c-6e7a-4f80-91a2-b3c4d5e6f708",
		"locale":"en-US","timestamp":"2031-05-06T21:00:00Z",%s"intent":{"name":%q,"confirmationStatus":"NONE","slots":{%s}}}}`,
		len(attributes) == 0, application, said, user, application, user, opaque(180), opaque(1050), dialog, intent, slots)
	var compact bytes.Buffer
	if err := json.Compact(&compact, []byte(body)); err != nil {
		b.Fatal(err)
	}
	return compact.Bytes()
}
