package emf

import (
	"cmp"
	"log/slog"
	"net/http"
	"time"

	"github.com/trunkpass/trunkpass/skill/pin"
	"github.com/trunkpass/trunkpass/vehicle"
)

// Hooks count what the other packages tell. A metric that cannot be written is logged and forgotten.
type Hooks struct {
	Writer *Writer
	Log    *slog.Logger
}

// Turn counts one request to the skill and how long it took, by its intent, or by its type if it has none.
func (h Hooks) Turn(request, intent, outcome string, took time.Duration) {
	h.write([]Dimension{{"Intent", cmp.Or(intent, request)}, {"Outcome", outcome}},
		Metric{"Turns", Count, 1}, Metric{"TurnTime", Milliseconds, float64(took) / float64(time.Millisecond)})
}

// PIN counts one check of a PIN: PINLocks counts the accounts that were locked by it.
func (h Hooks) PIN(r pin.Result) {
	locks := 0.0
	if r == pin.LockedNow {
		locks = 1
	}
	failures := locks
	if r == pin.Wrong {
		failures = 1
	}
	h.write([]Dimension{{"Result", string(r)}}, Metric{"PINChecks", Count, 1}, Metric{"PINFailures", Count, failures}, Metric{"PINLocks", Count, locks})
}

// Call counts one call of the dongle cloud and how long it took, by what was asked and how it ended.
func (h Hooks) Call(c vehicle.Called) {
	h.write([]Dimension{{"Call", c.Op}, {"Result", cmp.Or(string(c.Kind), "ok")}},
		Metric{"CloudCalls", Count, 1}, Metric{"CloudCallTime", Milliseconds, float64(c.Took) / float64(time.Millisecond)})
}

// Webhook counts one message of the dongle cloud by the HTTP status it was answered with.
func (h Hooks) Webhook(status int) {
	refused, failed := 0.0, 0.0
	switch {
	case status >= http.StatusInternalServerError:
		failed = 1
	case status >= http.StatusBadRequest:
		refused = 1
	}
	h.write(nil, Metric{"Webhooks", Count, 1}, Metric{"WebhooksRefused", Count, refused}, Metric{"WebhookFailures", Count, failed})
}

// Notification counts one notice to one user by the kind of event and what became of it.
func (h Hooks) Notification(event, result string) {
	h.write([]Dimension{{"Event", event}, {"Result", result}}, Metric{"Notifications", Count, 1})
}

func (h Hooks) write(d []Dimension, m ...Metric) {
	if err := h.Writer.Write(d, m...); err != nil {
		h.Log.Warn("metrics lost", "error", err)
	}
}
