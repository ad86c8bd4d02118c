package alexa

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"time"
)

// API stands in, on loopback, for the services behind context.System.apiEndpoint, so that a skill under test calls nobody else:
// progressive responses are taken, the device's settings are those of a device in New York, and personal data is refused as if
// no permission had been given. An endpoint on another machine cannot reach it, and has to do without.
type API struct {
	// URL is the value of apiEndpoint.
	URL    string
	server *http.Server
	done   chan error
}

var settings = map[string]string{
	"System.timeZone":        "America/New_York",
	"System.distanceUnits":   "IMPERIAL",
	"System.temperatureUnit": "FAHRENHEIT",
}

// apiPatience bounds what a skill's call may take.
const apiPatience = 8 * time.Second

// StartAPI listens on a free port of the loopback interface; Close stops it.
func StartAPI() (*API, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, fmt.Errorf("start the API server: %w", err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("POST /v1/directives", func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNoContent) })
	mux.HandleFunc("GET /v2/devices/{device}/settings/{setting}", func(w http.ResponseWriter, r *http.Request) {
		value, ok := settings[r.PathValue("setting")]
		if !ok {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "application/json")
		_ = json.NewEncoder(w).Encode(value) // who has gone cannot be told
	})
	mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		status := http.StatusNotFound
		if strings.HasPrefix(r.URL.Path, "/v1/devices/") || strings.HasPrefix(r.URL.Path, "/v2/accounts/") || strings.HasPrefix(r.URL.Path, "/v2/persons/") {
			status = http.StatusForbidden
		}
		w.WriteHeader(status)
		_, _ = io.WriteString(w, `{"code":"ACCESS_DENIED","message":"no permission"}`)
	})
	a := &API{URL: "http://" + listener.Addr().String(), done: make(chan error, 1)}
	a.server = &http.Server{
		Handler: mux, ReadHeaderTimeout: apiPatience, ReadTimeout: apiPatience, WriteTimeout: apiPatience,
		ErrorLog: log.New(io.Discard, "", 0), // a skill that hangs up is no news
	}
	go func() { a.done <- a.server.Serve(listener) }()
	return a, nil
}

// Close stops the server. It is to be called once.
func (a *API) Close() error {
	closing := a.server.Close()
	if err := <-a.done; !errors.Is(err, http.ErrServerClosed) {
		return fmt.Errorf("API server: %w", err)
	}
	return closing
}
