package main

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/skill/endpoint/endpointtest"
)

// connections is how many speak at once; each waits for its answer before it sends again.
const connections = 16

// BenchmarkServe is serve under load with every request signed and verified, beside a plain handler that reads the same
// bodies and answers with as many bytes. "door" are requests that need nothing of a car (the session has ended), "turn"
// is "what's my tire pressure" with the pretend cloud in the same process. Give it a number of requests that fits:
//
//	go test -run '^$' -bench '^BenchmarkServe$' -benchtime 10000x .
func BenchmarkServe(b *testing.B) {
	c := parseServe(b, "--application-id", someSkill, "--listen", "127.0.0.1:0", "--data", b.TempDir())
	alexa := endpointtest.New(b, time.Now())
	s := c.start(b, trust{roots: alexa.Roots(), http: alexa.HTTP()})
	var seen [][]byte
	e := newEcho(b, c, s, c.clock(), func(_ context.Context, body []byte) ([]byte, error) {
		seen = append(seen, body)
		return exchange(b, http.DefaultClient, s.alexa, alexa.Header(body), body).body, nil
	})
	if _, err := e.Say(b.Context(), "ask trunk pass what's my tire pressure"); err != nil {
		b.Fatal(err)
	}
	turn := seen[0]
	ended := regexp.MustCompile(`"type":"IntentRequest"`).ReplaceAll(turn, []byte(`"type":"SessionEndedRequest","reason":"USER_INITIATED"`))
	again := fresh(turn)
	answer := exchange(b, http.DefaultClient, s.alexa, alexa.Header(again), again).body
	plain := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body)
		_, _ = w.Write(answer)
	}))
	b.Cleanup(plain.Close)
	for _, row := range []struct {
		name, url string
		body      []byte
	}{{"plain", plain.URL, ended}, {"door", s.alexa, ended}, {"turn", s.alexa, turn}} {
		b.Run(row.name, func(b *testing.B) { load(b, alexa, row.url, row.body) })
	}
}

// load sends b.N different requests, all signed beforehand, and reports how fast they were answered.
func load(b *testing.B, alexa *endpointtest.Alexa, url string, body []byte) {
	b.Helper()
	requests := make([]*http.Request, b.N)
	each(b.N, func(i int) {
		one := fresh(body)
		request, err := http.NewRequestWithContext(b.Context(), http.MethodPost, url, bytes.NewReader(one))
		if err != nil {
			b.Error(err)
			return
		}
		request.Header = alexa.Header(one)
		requests[i] = request
	})
	client := &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: connections}}
	defer client.CloseIdleConnections()
	took := make([]time.Duration, b.N)
	b.ResetTimer()
	each(b.N, func(i int) {
		began := time.Now()
		response, err := client.Do(requests[i])
		if err != nil {
			b.Error(err)
			return
		}
		_, err = io.Copy(io.Discard, response.Body)
		_ = response.Body.Close()
		if took[i] = time.Since(began); err != nil || response.StatusCode != http.StatusOK {
			b.Errorf("answered %s, %v", response.Status, err)
		}
	})
	b.StopTimer()
	slices.Sort(took)
	b.ReportMetric(float64(b.N)/b.Elapsed().Seconds(), "req/s")
	b.ReportMetric(float64(took[len(took)*99/100].Microseconds())/1000, "p99-ms")
	b.ReportMetric(float64(took[len(took)/2].Microseconds())/1000, "p50-ms")
}

// each shares out the numbers below n among the connections.
func each(n int, do func(int)) {
	var next atomic.Int64
	var all sync.WaitGroup
	for range connections {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				do(i)
			}
		})
	}
	all.Wait()
}

var requestID = regexp.MustCompile(`"requestId":"[^"]*"`)

// fresh is the same request with an id of its own.
func fresh(body []byte) []byte {
	return requestID.ReplaceAll(body, []byte(`"requestId":"`+newID()+`"`))
}
