package echo

import (
	"crypto/subtle"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"sync"
	"time"
	"unicode/utf8"

	"github.com/trunkpass/trunkpass/skill"
)

// What Alexa allows of progressive responses. The number and length are known from others than Amazon.
const (
	maxProgress           = 5
	maxProgressCharacters = 600
	maxDirectiveBytes     = 16 << 10
)

// apiServer stands in for the services behind context.System.apiEndpoint: progressive responses while a request is under way,
// and the settings of the device.
type apiServer struct {
	url      string
	server   *http.Server
	stopped  chan error
	settings map[string]string // the answers, by path

	mu        sync.Mutex
	token     string // of the latest request
	requestID string // of the request under way that may be spoken into; "" between requests
	progress  []string
}

// startAPI listens on a free port of the loopback interface.
func startAPI(o Options) (*apiServer, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	degrees := "CELSIUS"
	if o.Units == "IMPERIAL" {
		degrees = "FAHRENHEIT"
	}
	settings := "/v2/devices/" + o.DeviceID + "/settings/"
	a := &apiServer{
		url:     "http://" + listener.Addr().String(),
		stopped: make(chan error, 1),
		settings: map[string]string{
			settings + "System.timeZone":        o.Zone.String(),
			settings + "System.distanceUnits":   o.Units,
			settings + "System.temperatureUnit": degrees,
		},
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/directives", a.authorized(a.directive))
	mux.HandleFunc("GET /v2/devices/{device}/settings/{setting}", a.authorized(a.setting))
	a.server = &http.Server{
		Handler:           mux,
		ReadHeaderTimeout: 5 * time.Second,
		ReadTimeout:       answerTime,
		WriteTimeout:      answerTime,
		ErrorLog:          log.New(io.Discard, "", 0), // a skill that hangs up is no news
	}
	go func() { a.stopped <- a.server.Serve(listener) }()
	return a, nil
}

func (a *apiServer) close() error {
	closing := a.server.Close()
	if err := <-a.stopped; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("API server: %w", err)
	}
	a.stopped <- http.ErrServerClosed // for whoever closes again
	return closing
}

// begin lets the skill call about a request until finish.
func (a *apiServer) begin(r *skill.Request) {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.token, a.progress, a.requestID = string(r.Context.System.APIAccessToken), nil, ""
	if r.Body.Type == skill.TypeLaunchRequest || r.Body.Type == skill.TypeIntentRequest {
		a.requestID = r.Body.RequestID
	}
}

// finish ends the request and gives what was spoken into it, in order.
func (a *apiServer) finish() []string {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.requestID = ""
	return a.progress
}

// authorized lets calls with the latest request's token through.
func (a *apiServer) authorized(next http.HandlerFunc) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		a.mu.Lock()
		want := "Bearer " + a.token
		known := a.token != "" && subtle.ConstantTimeCompare([]byte(r.Header.Get("Authorization")), []byte(want)) == 1
		a.mu.Unlock()
		if !known {
			problem(w, http.StatusUnauthorized, "the API access token is missing or not that of the request")
			return
		}
		next(w, r)
	}
}

func (a *apiServer) setting(w http.ResponseWriter, r *http.Request) {
	value, ok := a.settings[r.URL.Path]
	if !ok {
		problem(w, http.StatusNotFound, "no such device or setting")
		return
	}
	reply(w, http.StatusOK, value)
}

// directive speaks into the request under way.
func (a *apiServer) directive(w http.ResponseWriter, r *http.Request) {
	var call struct {
		Header struct {
			RequestID string `json:"requestId"`
		} `json:"header"`
		Directive struct {
			Type   string `json:"type"`
			Speech string `json:"speech"`
		} `json:"directive"`
	}
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, maxDirectiveBytes)).Decode(&call); err != nil {
		problem(w, http.StatusBadRequest, "the body is not a directive in JSON")
		return
	}
	if wrong := wrongProgress(call.Directive.Type, call.Directive.Speech); wrong != "" {
		problem(w, http.StatusBadRequest, wrong)
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case a.requestID == "" || call.Header.RequestID != a.requestID:
		problem(w, http.StatusForbidden, "the request is not under way")
	case len(a.progress) >= maxProgress:
		problem(w, http.StatusForbidden, fmt.Sprintf("more than %d progressive responses", maxProgress))
	default:
		a.progress = append(a.progress, plain(call.Directive.Speech))
		w.WriteHeader(http.StatusNoContent)
	}
}

// wrongProgress tells what is wrong with a directive, "" if nothing is.
func wrongProgress(kind, speech string) string {
	_, malformed := readSSML(speech)
	marked := strings.HasPrefix(strings.TrimSpace(speech), "<speak>")
	switch {
	case kind != "VoicePlayer.Speak":
		return "only VoicePlayer.Speak can be sent"
	case strings.TrimSpace(speech) == "":
		return "nothing to say"
	case utf8.RuneCountInString(speech) > maxProgressCharacters:
		return fmt.Sprintf("more than %d characters", maxProgressCharacters)
	case marked && (malformed != nil || unknownTag(speech) != ""):
		return "not valid SSML"
	default:
		return ""
	}
}

func problem(w http.ResponseWriter, status int, message string) {
	reply(w, status, map[string]any{"code": status, "message": message})
}

func reply(w http.ResponseWriter, status int, body any) {
	w.Header().Set("Content-Type", "application/json")
	w.WriteHeader(status)
	// The caller may have gone; there is nobody else to tell.
	_ = json.NewEncoder(w).Encode(body)
}
