// Package screen holds what is shown on a device with a screen: documents in Amazon's presentation language
// (APL), and the page of words that fills one.
//
// Documents are layouts without language. Every word on them comes from the page, which skill renders from the
// listener's speech file. A screen only adds: what is said is complete without it. No document uses red, which
// is kept for alarms in a car, or color as its only signal: a mark is a shape, and a word stands beside it.
//
// Neighbors: skill turns its act Screen into a directive with this package, which imports nothing of ours.
package screen

import (
	"embed"
	"encoding/json"
	"fmt"
	"io/fs"
	"maps"
	"strconv"
	"strings"
	"sync"
)

// Document names a layout.
type Document string

// The documents. Each is a file in documents, completed by what they share (common.json).
const (
	Tires    Document = "tires"    // the car from above; rows: front left, front right, rear left, rear right
	Grants   Document = "grants"   // stretches of time from Begins to Ends
	Health   Document = "health"   // the parts of a car, the worst first
	Delivery Document = "delivery" // the steps of a delivery in their order
)

// Documents lists all of them.
func Documents() []Document { return []Document{Tires, Grants, Health, Delivery} }

// Page is what a document shows. All words are plain text in the listener's language; an empty one is left out.
type Page struct {
	Title  string `json:"title"`
	Note   string `json:"note"`   // a quiet line beneath, such as how old a reading is
	Begins string `json:"begins"` // what the left end of a time line stands for
	Ends   string `json:"ends"`   // and its right end
	Rows   []Row  `json:"rows"`
}

// Row is one thing on a page.
type Row struct {
	Label string  `json:"label"`
	Value string  `json:"value"`
	Word  string  `json:"word"`
	Mark  Mark    `json:"mark"`
	From  float64 `json:"from"` // where it begins on a time line, in percent of its length
	To    float64 `json:"to"`   // where it ends
	// Intent is the conversation that a touch plays, empty for none; Slots is what it is told.
	Intent string `json:"intent"`
	Slots  []Slot `json:"slots"`
}

// Slot is what a touch says in one slot of its intent.
type Slot struct {
	Name  string `json:"name"`
	ID    string `json:"id"`
	Value string `json:"value"`
}

// Mark is a state, drawn as a shape of its own.
type Mark string

// The marks.
const (
	Fine      Mark = "fine"
	Attention Mark = "attention"
	Urgent    Mark = "urgent"
	Unknown   Mark = "unknown"
	Ahead     Mark = "ahead" // not come to yet
)

// Marks lists all of them.
func Marks() []Mark { return []Mark{Fine, Attention, Urgent, Unknown, Ahead} }

// mostAtAGlance is how many rows a driver's screen shows: what one glance takes in, and as many as a car has wheels.
const mostAtAGlance = 4

// ForCar reduces a page to what may be shown in a car that stands: the first rows, and nothing to touch.
func (p Page) ForCar() Page {
	p.Rows = append([]Row(nil), p.Rows[:min(len(p.Rows), mostAtAGlance)]...)
	for i := range p.Rows {
		p.Rows[i].Intent, p.Rows[i].Slots = "", nil
	}
	return p
}

//go:embed documents
var files embed.FS

// documents are read once. A malformed file is a mistake that no test run survives.
var documents = sync.OnceValues(func() (map[Document]json.RawMessage, error) {
	all := map[Document]json.RawMessage{}
	for _, d := range Documents() {
		source, err := assemble(d)
		if err != nil {
			return nil, fmt.Errorf("screen %s: %w", d, err)
		}
		all[d] = source
	}
	return all, nil
})

// assemble joins a document with what all of them share.
func assemble(d Document) (json.RawMessage, error) {
	var document, common map[string]any
	for name, into := range map[string]*map[string]any{string(d): &document, "common": &common} {
		data, err := fs.ReadFile(files, "documents/"+name+".json")
		if err != nil {
			return nil, err
		}
		if err := json.Unmarshal(data, into); err != nil {
			return nil, err
		}
	}
	for member, shared := range common {
		own, isMap := document[member].(map[string]any)
		extra, sharedMap := shared.(map[string]any)
		if isMap && sharedMap {
			maps.Copy(own, extra)
			continue
		}
		document[member] = shared
	}
	return json.Marshal(document)
}

// Draw gives a document and the data that fills it, as the members of a RenderDocument directive.
func Draw(d Document, p Page) (document, datasources json.RawMessage, err error) {
	all, err := documents()
	if err != nil {
		return nil, nil, err
	}
	document, ok := all[d]
	if !ok {
		return nil, nil, fmt.Errorf("screen: no document %q", d)
	}
	datasources, err = json.Marshal(map[string]Page{"page": p})
	if err != nil {
		return nil, nil, fmt.Errorf("screen %s: %w", d, err)
	}
	return document, datasources, nil
}

// Version is the version of APL that every document is written in. Devices speak all versions up to their own.
const Version = "1.6"

// Speaks reports whether a device can show the documents, by what it says of its interface
// Alexa.Presentation.APL: {"runtime":{"maxVersion":"2024.1"}}. Without a version it is as old as the interface.
func Speaks(apl json.RawMessage) bool {
	var device struct {
		Runtime struct {
			MaxVersion string `json:"maxVersion"`
		} `json:"runtime"`
	}
	if json.Unmarshal(apl, &device) != nil {
		return false
	}
	year, minor, ok := parse(device.Runtime.MaxVersion)
	wantYear, wantMinor, _ := parse(Version)
	return ok && (year > wantYear || year == wantYear && minor >= wantMinor)
}

// parse reads "1.6" or, since versions count years, "2024.1".
func parse(version string) (first, second int, ok bool) {
	left, right, found := strings.Cut(version, ".")
	first, err1 := strconv.Atoi(left)
	second, err2 := strconv.Atoi(right)
	return first, second, found && err1 == nil && err2 == nil
}
