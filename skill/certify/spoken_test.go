package certify_test

import (
	"testing"

	"github.com/trunkpass/trunkpass/skill/certify"
)

func TestReveals(t *testing.T) {
	for text, want := range map[string]bool{
		"The code 4821 is right.":                      true,
		"The code 4 8 2 1 is right.":                   true,
		"4-8-2-1":                                      true,
		"four, eight, two, one":                        true,
		"Forty eight twenty one":                       true,
		"forty-eight, twenty-one":                      true,
		"four eight twenty one":                        true,
		"48 21":                                        true,
		"<speak>forty<break/>eight twenty one</speak>": true,
		`{"ssml":"\u003cs\u003efour\u003c/s\u003e eight two one"}`: true,
		"vier acht zwei eins":                   true,
		"It is 148210 steps.":                   false,
		"Four plants, eight leaves.":            false,
		"forty eight books, twenty one readers": false,
		"":                                      false,
	} {
		if got := certify.Reveals(text, "4821"); got != want {
			t.Errorf("Reveals(%q) = %v, want %v", text, got, want)
		}
	}
	if certify.Reveals("anything", "") {
		t.Error("an empty code was found")
	}
	if !certify.Reveals("ten twelve", "1012") || !certify.Reveals("sixty oh five", "6005") {
		t.Error("tens, teens or zeros are not heard")
	}
}
