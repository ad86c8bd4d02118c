package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/trunkpass/trunkpass/vehicle/garage"
)

// Two files let other processes take part in a world that a serving process holds open: who the demo owners
// and carriers are, and where the garage listens.
const (
	demoFile   = "demo.json"
	garageFile = "garage.url"
)

func writeDemo(data string, demo garage.Demo) error {
	text, err := json.MarshalIndent(demo, "", "  ")
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(data, demoFile), text, 0o600)
}

func readDemo(data string) (garage.Demo, error) {
	var demo garage.Demo
	text, err := os.ReadFile(filepath.Join(data, demoFile))
	if errors.Is(err, os.ErrNotExist) {
		return demo, fmt.Errorf("%s holds no demo owner yet; 'trunkpass say' makes one", data)
	}
	if err != nil {
		return demo, err
	}
	if err := json.Unmarshal(text, &demo); err != nil {
		return demo, fmt.Errorf("read %s: %w", filepath.Join(data, demoFile), err)
	}
	return demo, nil
}

// demoZone is where the demo owner, the pretend Echo and the simulated cars live.
func demoZone() *time.Location {
	zone, err := time.LoadLocation("America/Vancouver")
	if err != nil {
		return time.UTC // no zone data; the garage falls back in the same way
	}
	return zone
}
