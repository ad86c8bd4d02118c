package weather

import (
	"context"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"testing"
	"time"
)

func TestSameSeedSameWeather(t *testing.T) {
	for _, level := range []Level{Rough, Storm} {
		a, b := New(level, 7, nil), New(level, 7, nil)
		for i := range 1000 {
			x, y := a.decide(i%2 == 0), b.decide(i%2 == 0)
			x.chance, y.chance = nil, nil
			if x.refusal != nil && y.refusal != nil {
				x.refusal, y.refusal = nil, nil
			}
			if x != y {
				t.Fatalf("%s, request %d: %+v, then %+v", level, i, x, y)
			}
		}
	}
}

func TestDisturb(t *testing.T) {
	f := fate{unknown: true, shuffle: true, chance: rand.New(rand.NewPCG(1, 1))}
	var tree any
	if err := json.Unmarshal([]byte(`{"list":[1,2,3,4,5,6,7,8],"events":[1,2,3,4,5,6,7,8],"object":{"a":null}}`), &tree); err != nil {
		t.Fatal(err)
	}
	got := f.disturb(tree, "").(map[string]any)
	if fmt.Sprint(got["list"]) == "[1 2 3 4 5 6 7 8]" || fmt.Sprint(got["events"]) != "[1 2 3 4 5 6 7 8]" {
		t.Errorf("list %v, events %v; want one shuffled and the other not", got["list"], got["events"])
	}
	if got["x_garage_mood"] == nil || got["object"].(map[string]any)["x_garage_mood"] == nil {
		t.Errorf("no unknown members in %v", got)
	}
}

func TestWeatherIsAFlag(t *testing.T) {
	for _, w := range []Level{Calm, Rough, Storm} {
		text, err := w.MarshalText()
		var back Level
		if err != nil || back.UnmarshalText(text) != nil || back != w {
			t.Errorf("%s became %s, %v", w, back, err)
		}
	}
	var w Level
	if err := w.UnmarshalText([]byte("sunny")); err == nil {
		t.Error("sunny is a weather")
	}
	if got := Level(9).String(); got != "Weather(9)" {
		t.Errorf("an unknown weather is %q", got)
	}
}

func TestPauseEndsWithItsRequest(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	begin := time.Now()
	pause(ctx, time.Minute)
	if took := time.Since(begin); took > 10*time.Second {
		t.Errorf("paused for %s", took)
	}
}
