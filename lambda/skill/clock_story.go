//go:build storyclock

package main

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// clock runs ahead of the real one, so that a story and the cars that it is about live at one time.
// TRUNKPASS_STORY_CLOCK is by how much, as a duration, or the path of a file that holds it and is read anew each time.
func clock(environment []string) (func() time.Time, error) {
	for _, variable := range environment {
		text, ok := strings.CutPrefix(variable, "TRUNKPASS_STORY_CLOCK=")
		if !ok {
			continue
		}
		if filepath.IsAbs(text) {
			return func() time.Time { return time.Now().Add(read(text)) }, nil
		}
		ahead, err := time.ParseDuration(text)
		if err != nil {
			return nil, fmt.Errorf("read the story's clock: %w", err)
		}
		return func() time.Time { return time.Now().Add(ahead) }, nil
	}
	return nil, errors.New("a build for stories needs TRUNKPASS_STORY_CLOCK")
}

func read(path string) time.Duration {
	text, err := os.ReadFile(path)
	if err != nil {
		panic(err) // a story without time is no story
	}
	ahead, err := time.ParseDuration(string(text))
	if err != nil {
		panic(err)
	}
	return ahead
}
