// Package certify is what Amazon will ask of a skill, asked beforehand: the table of checks, the collector of their verdicts,
// the settings that a skill package cannot hold, and the report that comes of it.
//
// The package is the table and the words; it looks at nothing itself. skill/certify/skillpackage examines a skill package
// without running anything, skill/certify/live talks to the endpoint, and skill/certify/report renders. All of them name a
// check by its id. It knows no particular skill: whatever is special to one comes from certify.toml.
package certify

import "slices"

// Importance tells whether a failed check keeps a skill out of the store.
type Importance string

const (
	// Required fails the certification, as a failed REQUIRED item does at Amazon.
	Required Importance = "required"
	// Recommended is reported and costs nothing: a warning of Amazon's validator, or good practice.
	Recommended Importance = "recommended"
)

// Kind tells how a check is carried out.
type Kind string

const (
	// Static reads the skill package alone.
	Static Kind = "static"
	// Live sends requests and judges the answers, whatever stands between the suite and the skill.
	Live Kind = "live"
	// Probe sends signed requests to an HTTPS endpoint, or badly signed ones, as Amazon's prober does.
	Probe Kind = "probe"
	// Code goes through a secure voice code, with the right and with wrong ones of a test account.
	Code Kind = "code"
	// Manual is for a person to judge.
	Manual Kind = "manual"
)

// Check is one row of the table: one question with one answer.
type Check struct {
	// ID is stable: "PIN-4". Several checks that serve one rule share its id and add a letter: "VUI-9a".
	ID      string `json:"id"`
	Chapter string `json:"chapter"`
	// Asks is what must hold, as a statement.
	Asks       string     `json:"asks"`
	Importance Importance `json:"importance"`
	Kind       Kind       `json:"kind"`
	// Source is where the rule comes from.
	Source string `json:"source"`
	// Change is what to change when the check fails.
	Change string `json:"change"`
	// Instructions tell a tester what to do; for Manual checks only.
	Instructions string `json:"instructions,omitempty"`
}

// Automatic tells whether the suite decides by itself.
func (c Check) Automatic() bool { return c.Kind != Manual }

// chapter is a part of the table; each has a file of its own.
type chapter struct {
	name   string
	checks []Check
}

// Checks is the whole table in the order of the report. The caller owns the slice.
func Checks() []Check {
	var all []Check
	for _, c := range []chapter{policy, security, linking, code, functional, voice, metadata} {
		for _, check := range c.checks {
			check.Chapter = c.name
			all = append(all, check)
		}
	}
	return all
}

// OfKind is the part of the table that is carried out in one of these ways.
func OfKind(kinds ...Kind) []Check {
	return slices.DeleteFunc(Checks(), func(c Check) bool { return !slices.Contains(kinds, c.Kind) })
}
