package notify

import (
	"errors"
	"fmt"
	"net"
	"regexp"
	"slices"
	"time"
	"unicode"
	"unicode/utf8"
)

// Notice is one notification for one user.
type Notice struct {
	User   string // Alexa's id of the user
	Region Region
	// Reference tells this notice from all others to the user; the same one is never told twice. 1 to 100 of
	// A-Z, a-z, 0-9 and ~.
	Reference string
	// Life is how long the notice waits for its user: from 5 minutes to 24 hours.
	Life time.Duration
	What Template
}

// Template is a [Message] or [Delivered].
type Template interface {
	// event gives the schema's name and payload, and what of it is said differently by locale.
	event() (name string, payload any, localized map[string]string)
	check() error
}

// Message is AMAZON.MessageAlert.Activated: "You have one new message from <creator>." The creator is said alike in every
// locale, because the schema has no other way.
type Message struct {
	Creator string
	Count   int // at least 1
	Urgent  bool
}

// Delivered is AMAZON.OrderStatus.Updated with ORDER_DELIVERED: "Your order from <seller> has been delivered."
type Delivered struct {
	Seller string
}

// Amazon's limits. The length of a name is our own: what is said must not go on for ever.
const (
	shortestLife = 5 * time.Minute
	longestLife  = 24 * time.Hour
	maxName      = 120 // characters
	maxUser      = 1024
)

var reference = regexp.MustCompile(`^[A-Za-z0-9~]{1,100}$`)

// check refuses what Amazon would refuse. The error quotes nothing.
func (n Notice) check(regions map[Region]string) error {
	switch _, known := regions[n.Region]; {
	case n.User == "" || len(n.User) > maxUser || !utf8.ValidString(n.User):
		return errors.New("the user is nobody")
	case !known:
		return errors.New("no such region")
	case !reference.MatchString(n.Reference):
		return errors.New("the reference is not 1 to 100 letters, digits and ~")
	case n.Life < shortestLife || n.Life > longestLife:
		return fmt.Errorf("a life of %s is not from 5 minutes to 24 hours", n.Life)
	case n.What == nil:
		return errors.New("nothing to tell")
	}
	return n.What.check()
}

func (m Message) check() error {
	if m.Count < 1 {
		return errors.New("no message to tell of")
	}
	return checkName(m.Creator)
}

func (d Delivered) check() error { return checkName(d.Seller) }

func checkName(s string) error {
	letters := 0
	for _, r := range s {
		if !unicode.IsPrint(r) {
			return errors.New("a name cannot be printed")
		}
		if unicode.IsLetter(r) {
			letters++
		}
	}
	if letters == 0 || utf8.RuneCountInString(s) > maxName {
		return errors.New("a name is empty or too long")
	}
	return nil
}

// The wire, as Amazon's "Proactive Events Schemas" has it.
type (
	envelope struct {
		Timestamp           string              `json:"timestamp"`
		ReferenceID         string              `json:"referenceId"`
		ExpiryTime          string              `json:"expiryTime"`
		Event               event               `json:"event"`
		LocalizedAttributes []map[string]string `json:"localizedAttributes"`
		RelevantAudience    audience            `json:"relevantAudience"`
	}
	event struct {
		Name    string `json:"name"`
		Payload any    `json:"payload"`
	}
	audience struct {
		Type    string `json:"type"`
		Payload struct {
			User string `json:"user"`
		} `json:"payload"`
	}
	name struct {
		Name string `json:"name"`
	}
	messageAlert struct {
		State struct {
			Status    string `json:"status"`
			Freshness string `json:"freshness"`
		} `json:"state"`
		MessageGroup struct {
			Creator name   `json:"creator"`
			Count   int    `json:"count"`
			Urgency string `json:"urgency,omitempty"`
		} `json:"messageGroup"`
	}
	orderStatus struct {
		State struct {
			Status string `json:"status"`
		} `json:"state"`
		Order struct {
			Seller name `json:"seller"`
		} `json:"order"`
	}
)

func (m Message) event() (string, any, map[string]string) {
	var w messageAlert
	w.State.Status, w.State.Freshness = "UNREAD", "NEW"
	w.MessageGroup.Creator.Name, w.MessageGroup.Count = m.Creator, m.Count
	if m.Urgent {
		w.MessageGroup.Urgency = "URGENT"
	}
	return "AMAZON.MessageAlert.Activated", w, nil
}

func (d Delivered) event() (string, any, map[string]string) {
	var w orderStatus
	w.State.Status, w.Order.Seller.Name = "ORDER_DELIVERED", "localizedattribute:sellerName"
	return "AMAZON.OrderStatus.Updated", w, map[string]string{"sellerName": d.Seller}
}

// envelope is the notice as it is sent. Every locale stands in localizedAttributes, even with nothing to say.
func (n Notice) envelope(now time.Time, locales []string) envelope {
	e := envelope{
		Timestamp: wireTime(now), ReferenceID: n.Reference, ExpiryTime: wireTime(now.Add(n.Life)),
		LocalizedAttributes: []map[string]string{},
		RelevantAudience:    audience{Type: "Unicast"},
	}
	e.RelevantAudience.Payload.User = n.User
	var localized map[string]string
	e.Event.Name, e.Event.Payload, localized = n.What.event()
	for _, locale := range slices.Compact(slices.Sorted(slices.Values(locales))) {
		attributes := map[string]string{"locale": locale}
		for attribute, text := range localized {
			attributes[attribute] = text
		}
		e.LocalizedAttributes = append(e.LocalizedAttributes, attributes)
	}
	return e
}

// wireTime is ISO 8601 in UTC.
func wireTime(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.000Z") }

func loopback(host string) bool { return host == "localhost" || net.ParseIP(host).IsLoopback() }
