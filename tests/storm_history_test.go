package tests

import (
	"encoding/json"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/trunkpass/trunkpass/vehicle/garage"
)

// history is everything that was seen of a storm from the outside: what was said at the devices, what passed between
// the skill and the cloud, what the cloud's ledger and the store hold, what was logged. The rules (storm_rules_test.go)
// are functions of it. All instants are of the garage's clock.
type history struct {
	turns   []heard
	calls   []call // that have an effect, and readings of commands
	ledger  []garage.LedgerEntry
	grants  map[string]known // what the cloud has told the skill of its grants, by id
	opened  []opening        // of couriers
	kills   []kill
	keeps   []kept // the store, read at the end of each act
	letters []letterSeen
	notices []noticeSeen
	texts   map[string]string // what must hold no secret, by what it is
	secrets []string          // tokens, plates and the like
	before  gauges
	after   gauges
}

// household is one owner as the storm knows them.
type household struct {
	login, id, pin string
	first          string            // the default car
	cars           map[string]string // spoken name in lower case, by id
}

// heard is one turn at a device.
type heard struct {
	device, login string
	talk          int // which conversation of the plan
	session       int // counts up at each device
	began, ended  time.Time
	took          time.Duration // of the skill, by the real clock
	said          string
	pin           pinSaid
	asked         string // what Alexa had said last in this session
	readback      string // the last thing in this session that ended in a question for the PIN
	speech        string
	open          bool  // the microphone, afterwards
	failed        error // what the pretend Echo refused, or why no answer came
	attributes    string
}

type pinSaid int

const (
	noPIN pinSaid = iota
	rightOne
	wrongOne
)

// call is one request of the skill to the cloud.
type call struct {
	device, login, op string
	target            string // the car, or the grant
	body              []byte
	began, ended      time.Time
	status            int  // 0 if the cloud cut the connection
	heard             bool // the skill was still there when a whole answer came
}

// known is a grant as the cloud showed it.
type known struct {
	ID      string `json:"id"`
	Vehicle string `json:"vehicle_id"`
	Access  string `json:"access_point"`
	Carrier struct {
		Name string `json:"name"`
	} `json:"carrier"`
	Guest  string `json:"guest_name"`
	Window struct {
		Start time.Time `json:"start"`
	} `json:"window"`
}

// opening is what a courier was told of an attempt to open.
type opening struct {
	grant    string
	asked    time.Time
	openedAt time.Time // zero if it never opened
}

// kill is an end of the process that nobody asked it for.
type kill struct {
	point    string
	at, back time.Time // until the next one answered
}

// kept is the store between two acts.
type kept struct {
	login    string
	from, to time.Time // of the act that came before
	failures int
	locked   bool
	unit     string
	owned    bool // the account is there at all
}

// letterSeen is one sending of the cloud's message, and noticeSeen one of a notice to Alexa.
type letterSeen struct {
	id, event, kind, grant string
	status                 int
}

type noticeSeen struct {
	reference string
	status    int
	body      string
}

// gauges are what the process says of itself.
type gauges struct{ files, routines, bytes float64 }

// broken is one promise that was not kept.
type broken struct {
	rule int // as issue and docs count them
	why  string
	talk int // the conversation, or -1
}

func (b broken) String() string {
	return fmt.Sprintf("promise %d, conversation %d: %s", b.rule, b.talk, b.why)
}

// owners of the demo world, with the PINs that the storm gives them.
var stormOwners = []household{
	{"demo", "own_demo", string(rightPIN), "veh_golf", map[string]string{"veh_golf": "golf", "veh_bolt": "bolt", "veh_outback": "outback"}},
	{"neighbor", "own_neighbor", "6059", "", map[string]string{"veh_cinquecento": "cinquecento"}},
}

func householdOf(login string) household {
	return stormOwners[slices.IndexFunc(stormOwners, func(h household) bool { return h.login == login })]
}

// carrierNames are the demo world's.
var carrierNames = map[string]string{
	"ups": "UPS", "fedex": "FedEx", "dhl": "DHL", "usps": "USPS", "canada_post": "Canada Post", "purolator": "Purolator",
}

// effects are the requests that change something, with the pattern of their path. Only the first five open anything.
var effects = []struct {
	op, method string
	path       *regexp.Regexp
}{
	{"grant", http.MethodPost, regexp.MustCompile(`^/v1/vehicles/([^/]+)/grants$`)},
	{"extend", http.MethodPost, regexp.MustCompile(`^/v1/grants/([^/]+)/extend$`)},
	{"command", http.MethodPost, regexp.MustCompile(`^/v1/vehicles/([^/]+)/commands$`)},
	{"unblock", http.MethodDelete, regexp.MustCompile(`^/v1/vehicles/([^/]+)/block$`)},
	{"revoke", http.MethodPost, regexp.MustCompile(`^/v1/grants/([^/]+)/revoke$`)},
	{"block", http.MethodPost, regexp.MustCompile(`^/v1/vehicles/([^/]+)/block$`)},
	{"read command", http.MethodGet, regexp.MustCompile(`^/v1/commands/([^/]+)$`)},
}

// operation names a request; "" for one that only looks.
func operation(method, path string) (op, target string) {
	for _, e := range effects {
		if match := e.path.FindStringSubmatch(path); match != nil && e.method == method {
			return e.op, match[1]
		}
	}
	return "", ""
}

// vancouver is where the demo world lives.
var vancouver = func() *time.Location {
	zone, err := time.LoadLocation("America/Vancouver")
	if err != nil {
		panic(err)
	}
	return zone
}()

// explains tells whether a line of the ledger says what this call asked for.
func (h *history) explains(c call, e garage.LedgerEntry) bool {
	if verb, rest, _ := strings.Cut(e.Line, " "); c.op == "block" && verb == "revoke" { // also grants that nobody has heard of
		_, rest, _ = strings.Cut(rest, " ")
		return strings.HasPrefix(rest, householdOf(c.login).cars[c.target]+" ")
	}
	return c.op != "read command" && h.line(c, e.At) == e.Line
}

// line is what the ledger would say of a call at an instant; blocking a car takes its grants back, too.
func (h *history) line(c call, at time.Time) string {
	cars := householdOf(c.login).cars
	car, grant := cars[c.target], h.grants[c.target]
	with := func(verb string, g known) string {
		return fmt.Sprintf("%s %s %s %s", verb, g.Access, cars[g.Vehicle], g.holder())
	}
	var body struct {
		Access  string  `json:"access_point"`
		Carrier string  `json:"carrier_id"`
		Guest   *string `json:"guest_name"`
		Action  string  `json:"action"`
		End     time.Time
		Window  struct{ Start, End time.Time }
	}
	_ = json.Unmarshal(c.body, &body) // what is no JSON explains nothing
	switch c.op {
	case "grant":
		who := carrierNames[body.Carrier]
		if body.Carrier == "" {
			who = "guest"
			if body.Guest != nil {
				who += " " + *body.Guest
			}
		}
		return fmt.Sprintf("grant %s %s %s %s", body.Access, car, who, spanOf(body.Window.Start, body.Window.End, at))
	case "extend":
		return with("extend", grant) + " " + spanOf(grant.Window.Start, body.End, at)
	case "command":
		return map[string]string{"open_trunk": "open trunk", "lock": "lock", "unlock": "unlock"}[body.Action] + " " + car
	case "revoke":
		return with("revoke", grant)
	case "unblock":
		return "unblock " + car
	case "block":
		return "block " + car
	}
	return "nothing"
}

func (g known) holder() string {
	if g.Carrier.Name != "" {
		return g.Carrier.Name
	}
	return strings.TrimSpace("guest " + g.Guest)
}

// clockOf and spanOf write instants as the ledger does.
func clockOf(t, now time.Time) string {
	t, now = t.In(vancouver), now.In(vancouver)
	if t.Format(time.DateOnly) == now.Format(time.DateOnly) {
		return t.Format("15:04")
	}
	return t.Format("2006-01-02 15:04")
}

func spanOf(start, end, now time.Time) string {
	if start.After(now.Add(time.Minute)) {
		return "from " + clockOf(start, now) + " until " + clockOf(end, now)
	}
	return "until " + clockOf(end, now)
}

// turnOf finds the turn that a call was made in.
func (h *history) turnOf(c call) (heard, bool) {
	for _, t := range h.turns {
		if t.device == c.device && !c.began.Before(t.began) && !c.began.After(t.ended) {
			return t, true
		}
	}
	return heard{}, false
}

// killedDuring tells whether the process ended while something went on.
func (h *history) killedDuring(from, to time.Time) bool {
	return slices.ContainsFunc(h.kills, func(k kill) bool { return !k.at.After(to) && !k.back.Before(from) })
}
