package tests

import (
	"fmt"
	"io/fs"
	"maps"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/BurntSushi/toml"

	"github.com/trunkpass/trunkpass/intents"
	"github.com/trunkpass/trunkpass/models"
	"github.com/trunkpass/trunkpass/skill"
	"github.com/trunkpass/trunkpass/skill/speech"
)

const (
	conversationsDocument = "../docs/conversations.md"
	documentedLocale      = "en-US"
	samplesShown          = 3
)

// topics says which conversation speaks under which topic, the first word of a key. A topic that is nobody's here
// fails the test, so that no answer is missing from the document.
var topics = map[string][]string{
	"HowIsMyCar": {"overview"}, "CheckTires": {"tires"}, "CheckFuel": {"fuel", "charge", "plug", "range", "energy"},
	"FuelEconomy": {"economy"}, "Trips": {"trips"}, "ServiceDue": {"service", "oil"}, "Odometer": {"odometer"},
	"EngineLight": {"engine"}, "BatteryHealth": {"battery"}, "DoorsAndTrunk": {"closures"}, "DongleStatus": {"dongle"},
	"LetCourierIn": {"courier"}, "LetGuestIn": {"guest"}, "ExtendGrant": {"extend"}, "WhoCanGetIn": {"holders"},
	"CancelGrant": {"cancel"}, "BlockEveryone": {"block"}, "Unblock": {"unblock"},
	"OpenTrunk": {"open"}, "UnlockCar": {"unlock"}, "LockCar": {"lock"}, "CommandStatus": {"status"},
	"DeliveryStatus": {"delivery"}, "WhoOpenedTrunk": {"opened"}, "WhoSawMyCar": {"sight"}, "WhereIsMyCar": {"where"}, "MyData": {"data"},
	"SetDefaultCar": {"default_car"}, "SetUnits": {"units"}, "NameMyCar": {"nickname"}, "CheckPIN": {"pin_status"}, "WhatCanISay": {"help"},
}

// common are the topics of more than one conversation.
var common = []struct {
	title  string
	topics []string
}{
	{"When the skill is opened", []string{"launch"}},
	{"Everywhere", []string{"skill"}},
	{"Which car", []string{"car"}},
	{"The voice PIN", []string{"pin"}},
	{"Letting somebody in, or nobody", []string{"access", "grants", "window"}},
	{"Making a car act", []string{"command"}},
	{"When something goes wrong", []string{"sorry"}},
}

// vocabulary holds words that stand inside other lines.
var vocabulary = []string{"wheel", "part", "span", "unit", "code", "dtc"}

// remarks are what the policy table cannot say in its columns.
var remarks = map[string]string{"WhereIsMyCar": "The PIN is asked only of an owner who chose so."}

// TestConversationsDocument proves docs/conversations.md, or rewrites it with -update.
func TestConversationsDocument(t *testing.T) {
	model, err := models.Model(documentedLocale)
	if err != nil {
		t.Fatal(err)
	}
	lines := skill.Lines()
	maps.Copy(lines, intents.Lines())
	proveTopics(t, lines)
	words := firstWordings(t)
	for key := range lines {
		if words[key] == "" {
			t.Errorf("%s has no words in %s", key, documentedLocale)
		}
	}
	d := document{model: model, lines: lines, words: words}
	d.write(intents.Table(intents.Deps{}))
	if *update {
		if err := os.WriteFile(conversationsDocument, []byte(d.String()), 0o644); err != nil {
			t.Fatal(err)
		}
		return
	}
	got, err := os.ReadFile(conversationsDocument)
	if err != nil {
		t.Fatal(err)
	}
	if want := d.String(); string(got) != want {
		t.Errorf("%s is out of date; rewrite it with go test ./tests -run TestConversationsDocument -update\nfirst difference: %s",
			conversationsDocument, firstDifference(string(got), want))
	}
}

func firstDifference(got, want string) string {
	wanted := strings.Split(want, "\n")
	for i, line := range strings.Split(got, "\n") {
		if i >= len(wanted) {
			return fmt.Sprintf("line %d is too much: %q", i+1, line)
		}
		if line != wanted[i] {
			return fmt.Sprintf("line %d is %q, want %q", i+1, line, wanted[i])
		}
	}
	return "it ends too early"
}

func topicOf(key speech.Key) string {
	topic, _, _ := strings.Cut(string(key), ".")
	return topic
}

func proveTopics(t *testing.T, lines speech.Table) {
	t.Helper()
	owned := slices.Clone(vocabulary)
	for _, row := range intents.Table(intents.Deps{}) {
		if len(topics[row.Intent]) == 0 {
			t.Errorf("%s answers under no topic; add its row to topics", row.Intent)
		}
		owned = append(owned, topics[row.Intent]...)
	}
	for _, c := range common {
		owned = append(owned, c.topics...)
	}
	spoken := map[string]bool{}
	for key := range lines {
		spoken[topicOf(key)] = true
	}
	for _, topic := range slices.Sorted(maps.Keys(spoken)) {
		if !slices.Contains(owned, topic) {
			t.Errorf("no conversation answers under %q; add it to topics, common or vocabulary", topic)
		}
	}
	for _, topic := range owned {
		if !spoken[topic] {
			t.Errorf("nothing is said under %q", topic)
		}
	}
}

var placeholder = regexp.MustCompile(`\{\{\s*\.(\w+)\s*\}\}`)

// firstWordings reads the speech file by key, each line in its first wording with its placeholders as {name}.
func firstWordings(t *testing.T) map[speech.Key]string {
	t.Helper()
	data, err := fs.ReadFile(models.Speech, documentedLocale+".toml")
	if err != nil {
		t.Fatal(err)
	}
	var file map[string]any
	if err := toml.Unmarshal(data, &file); err != nil {
		t.Fatal(err)
	}
	words := map[speech.Key]string{}
	var read func(path []string, table map[string]any)
	read = func(path []string, table map[string]any) {
		for name, value := range table {
			switch v := value.(type) {
			case map[string]any:
				read(append(slices.Clone(path), name), v)
			case string:
				key := path
				if name != "other" { // the short form, or a description that no key asks for
					key = append(slices.Clone(path), name)
				}
				words[speech.Key(strings.Join(key, "."))] = speech.Plain(placeholder.ReplaceAllString(v, "{$1}"))
			}
		}
	}
	read(nil, file)
	return words
}

type document struct {
	strings.Builder
	model *models.InteractionModel
	lines speech.Table
	words map[speech.Key]string
}

func (d *document) write(table []skill.Conversation) {
	d.WriteString(`# Everything that can be said

Generated from the intent table, the interaction model and the speech file; ` + "`make update`" + ` writes it anew. Braces are what
is filled in: a slot in what can be said, a value in an answer. Answers are shown in their first wording; a question ends with
_asks_ and keeps the microphone open.

| conversation | linked account | PIN, every time | car at rest | may be offered unasked |
|---|---|---|---|---|
`)
	for _, row := range table {
		n := row.Needs
		fmt.Fprintf(&d.Builder, "| [%s](#%s) | %s | %s | %s | %s |\n", row.Intent, strings.ToLower(row.Intent), yes(n.Account), yes(n.PIN), yes(n.AtRest), yes(n.MayFulfill))
	}
	for _, row := range table {
		d.conversation(row)
	}
	d.WriteString("\n## What several conversations say\n")
	for _, c := range common {
		fmt.Fprintf(&d.Builder, "\n### %s\n\n", c.title)
		d.answers(c.topics)
	}
	words := 0
	for key := range d.lines {
		if slices.Contains(vocabulary, topicOf(key)) {
			words++
		}
	}
	fmt.Fprintf(&d.Builder, "\nBesides, %d words and phrases stand inside these lines: wheels, parts of a car, spans of time, units and trouble codes.\n", words)
}

func yes(needed bool) string {
	if needed {
		return "yes"
	}
	return "–"
}

func (d *document) conversation(row skill.Conversation) {
	fmt.Fprintf(&d.Builder, "\n## %s\n\nSay:\n", row.Intent)
	intent, ok := d.model.LanguageModel.Intent(row.Intent)
	if !ok || len(intent.Samples) < samplesShown {
		return // the tests of the model ask for twenty
	}
	for i := range samplesShown { // spread out, since neighbors are much alike
		fmt.Fprintf(&d.Builder, "- “%s”\n", intent.Samples[i*len(intent.Samples)/samplesShown])
	}
	if len(row.Slots) > 0 {
		var slots []string
		for _, name := range slices.Sorted(maps.Keys(row.Slots)) {
			slots = append(slots, fmt.Sprintf("%s (`%s`)", name, row.Slots[name]))
		}
		fmt.Fprintf(&d.Builder, "\nSlots: %s.\n", strings.Join(slots, ", "))
	}
	if remark := remarks[row.Intent]; remark != "" {
		fmt.Fprintf(&d.Builder, "\n%s\n", remark)
	}
	d.WriteString("\nIt may answer:\n")
	d.answers(topics[row.Intent])
}

// answers lists the lines of some topics; what is only shown is one remark.
func (d *document) answers(of []string) {
	shown := false
	for _, key := range slices.Sorted(maps.Keys(d.lines)) {
		if !slices.Contains(of, topicOf(key)) {
			continue
		}
		if strings.HasPrefix(string(key), topicOf(key)+".screen") {
			shown = true
			continue
		}
		asks := ""
		if d.lines[key].Asks {
			asks = " _asks_"
		}
		fmt.Fprintf(&d.Builder, "- %s%s\n", d.words[key], asks)
	}
	if shown {
		d.WriteString("\nA device with a screen shows a page beside it.\n")
	}
}
