package main

import (
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/trunkpass/trunkpass/owner/word"
	"github.com/trunkpass/trunkpass/store/embedded"
	"github.com/trunkpass/trunkpass/vehicle/garage"
)

// ringerParts are a garage and a store in a folder of their own.
func ringerParts(t *testing.T) ringerOptions {
	t.Helper()
	folder := t.TempDir()
	cloud, err := garage.Open(t.Context(), garage.Options{Path: filepath.Join(folder, "garage.db"), Seed: 1, Now: time.Now})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = cloud.Close() })
	accounts, err := embedded.Open(filepath.Join(folder, "accounts.db"), time.Now)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = accounts.Close() })
	return ringerOptions{
		Data: folder, Garage: cloud, Store: accounts, Now: time.Now, Log: slog.New(slog.DiscardHandler), Observe: func(word.Told) {},
	}
}

func open(t *testing.T, o ringerOptions) *ringer {
	t.Helper()
	r, err := openRinger(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = r.close() })
	return r
}

// impose has something happen to a car.
func impose(t *testing.T, g *garage.Garage, line string) {
	t.Helper()
	response, err := http.Post(g.ControlURL()+"/control", "text/plain", strings.NewReader(line))
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = response.Body.Close() }()
	if response.StatusCode >= http.StatusBadRequest {
		t.Fatalf("%s: %s", line, response.Status)
	}
}

func wantRing(t *testing.T, r *ringer, want ...string) {
	t.Helper()
	texts, err := r.bell.Read(t.Context(), demoAlexaUser)
	if err != nil || !slices.Equal(texts, want) {
		t.Errorf("got %q, %v; want %q", texts, err, want)
	}
}

// What happens while nobody listens is told to the next who does, at the same address.
func TestRingerTakesUpWhatHappened(t *testing.T) {
	o := ringerParts(t)
	first := open(t, o)
	address := readLetter(o.Data).URL
	impose(t, o.Garage, "bolt tire front_right 150\ndeliver events")
	wantRing(t, first, "You have one new message from your car: a tire is low.")
	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	impose(t, o.Garage, "bolt unplugged")
	second := open(t, o)
	wantRing(t, second, "You have one new message from your car: its dongle was unplugged.")
	if again := readLetter(o.Data).URL; again != address {
		t.Errorf("the second listens at %s, the first at %s", again, address)
	}
}

// If another program has the address, or the file is lost, another address takes its place.
func TestRingerMovesHouse(t *testing.T) {
	o := ringerParts(t)
	if err := open(t, o).close(); err != nil {
		t.Fatal(err)
	}
	address, err := url.Parse(readLetter(o.Data).URL)
	if err != nil {
		t.Fatal(err)
	}
	other, err := net.Listen("tcp", address.Host)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = other.Close() })
	second := open(t, o)
	if readLetter(o.Data).URL == address.String() {
		t.Error("it stays where somebody else listens")
	}
	if err := second.close(); err != nil {
		t.Fatal(err)
	}
	if err := os.Remove(filepath.Join(o.Data, eventsFile)); err != nil {
		t.Fatal(err)
	}
	third := open(t, o)
	impose(t, o.Garage, "bolt tire front_right 150\ndeliver events")
	wantRing(t, third, "You have one new message from your car: a tire is low.")
}

func TestFarBell(t *testing.T) {
	o := ringerParts(t)
	if b := farBell(o.Data); b != nil {
		t.Errorf("got a bell at %s, want none", b.URL)
	}
	r := open(t, o)
	if err := os.WriteFile(filepath.Join(o.Data, bellFile), []byte(r.bell.URL()+"\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	impose(t, o.Garage, "bolt tire front_right 150\ndeliver events")
	texts, err := farBell(o.Data).Waiting(t.Context(), demoAlexaUser)
	if err != nil || len(texts) != 1 {
		t.Errorf("got %q, %v; want one notification", texts, err)
	}
}
