package bell

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// proactive is one event of the Proactive Events API, for one user.
type proactive struct {
	Timestamp   string `json:"timestamp"`
	ReferenceID string `json:"referenceId"`
	ExpiryTime  string `json:"expiryTime"`
	Event       struct {
		Name    string          `json:"name"`
		Payload json.RawMessage `json:"payload"`
	} `json:"event"`
	LocalizedAttributes []map[string]string `json:"localizedAttributes"`
	RelevantAudience    struct {
		Type    string `json:"type"`
		Payload struct {
			User string `json:"user"`
		} `json:"payload"`
	} `json:"relevantAudience"`

	text   string // in the words of the first locale
	expiry time.Time
}

// Amazon's limits.
const (
	shortestLife = 5 * time.Minute
	longestLife  = 24 * time.Hour
	skew         = 5 * time.Minute // of the sender's clock
)

var reference = regexp.MustCompile(`^[A-Za-z0-9~]{1,100}$`)

// readEvent refuses what Amazon refuses. The error says which rule.
func readEvent(body []byte, locales []string, now time.Time) (proactive, error) {
	var e proactive
	if err := strictly(body, &e); err != nil {
		return e, fmt.Errorf("the event: %w", err)
	}
	sent, err := time.Parse(time.RFC3339, e.Timestamp)
	if err != nil || sent.Sub(now).Abs() > skew {
		return e, errors.New("timestamp is not now, in ISO 8601")
	}
	if e.expiry, err = time.Parse(time.RFC3339, e.ExpiryTime); err != nil {
		return e, errors.New("expiryTime is not ISO 8601")
	}
	life := e.expiry.Sub(sent)
	switch {
	case !reference.MatchString(e.ReferenceID):
		return e, errors.New("referenceId is not 1 to 100 letters, digits and ~")
	case life < shortestLife || life > longestLife:
		return e, errors.New("expiryTime is not from 5 minutes to 24 hours after timestamp")
	case e.RelevantAudience.Type != "Unicast" || e.RelevantAudience.Payload.User == "":
		return e, errors.New("relevantAudience is not one user")
	case e.LocalizedAttributes == nil:
		return e, errors.New("localizedAttributes is missing")
	}
	for _, locale := range locales {
		if e.attributes(locale) == nil {
			return e, fmt.Errorf("localizedAttributes lacks %s", locale)
		}
	}
	for _, locale := range slices.Backward(locales) { // the first one's words stay
		if e.text, err = e.say(locale); err != nil {
			return e, err
		}
	}
	return e, nil
}

func strictly(body []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(body))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return errors.New("not what the schema says")
	}
	if _, err := d.Token(); !errors.Is(err, io.EOF) {
		return errors.New("something follows the end")
	}
	return nil
}

func (e proactive) attributes(locale string) map[string]string {
	i := slices.IndexFunc(e.LocalizedAttributes, func(a map[string]string) bool { return a["locale"] == locale })
	if i < 0 {
		return nil
	}
	return e.LocalizedAttributes[i]
}

// local resolves a value that may stand in localizedAttributes.
func (e proactive) local(value, locale string) (string, error) {
	if attribute, localized := strings.CutPrefix(value, "localizedattribute:"); localized {
		value = e.attributes(locale)[attribute]
	}
	if strings.TrimSpace(value) == "" {
		return "", fmt.Errorf("a text is missing in %s", locale)
	}
	return value, nil
}

// say is the sentence of the event's schema, as the "Proactive Events Schemas" show it. It is English whatever the
// locale: the Echo that reads it is.
func (e proactive) say(locale string) (string, error) {
	switch e.Event.Name {
	case "AMAZON.MessageAlert.Activated":
		return e.sayMessages()
	case "AMAZON.OrderStatus.Updated":
		return e.sayOrder(locale)
	default:
		return "", errors.New("no such schema, or one that this bell does not have")
	}
}

func (e proactive) sayMessages() (string, error) {
	var p struct {
		State struct {
			Status    string `json:"status"`
			Freshness string `json:"freshness"`
		} `json:"state"`
		MessageGroup struct {
			Creator struct {
				Name string `json:"name"`
			} `json:"creator"`
			Count   int    `json:"count"`
			Urgency string `json:"urgency"`
		} `json:"messageGroup"`
	}
	if err := strictly(e.Event.Payload, &p); err != nil {
		return "", fmt.Errorf("the payload: %w", err)
	}
	from := strings.TrimSpace(p.MessageGroup.Creator.Name)
	adjectives, known := map[string]string{"": "", "NEW": " new", "OVERDUE": " overdue"}[p.State.Freshness]
	urgent, ok := map[string]string{"": "", "URGENT": " urgent"}[p.MessageGroup.Urgency]
	switch {
	case !slices.Contains([]string{"UNREAD", "FLAGGED"}, p.State.Status), !known, !ok:
		return "", errors.New("the payload has a word that the schema has not")
	case p.MessageGroup.Count < 1 || from == "" || strings.HasPrefix(from, "localizedattribute:"):
		return "", errors.New("messageGroup lacks a count or a creator, who cannot be localized")
	}
	return fmt.Sprintf("You have %s%s%s from %s.", count(p.MessageGroup.Count), adjectives+urgent, plural(" message", p.MessageGroup.Count), from), nil
}

func (e proactive) sayOrder(locale string) (string, error) {
	var p struct {
		State struct {
			Status string `json:"status"`
		} `json:"state"`
		Order struct {
			Seller struct {
				Name string `json:"name"`
			} `json:"seller"`
		} `json:"order"`
	}
	if err := strictly(e.Event.Payload, &p); err != nil {
		return "", fmt.Errorf("the payload: %w", err)
	}
	done, known := map[string]string{
		"PREORDER_RECEIVED": "preorder from %s has been received", "ORDER_RECEIVED": "order from %s has been received",
		"ORDER_PREPARING": "order from %s is being prepared", "ORDER_SHIPPED": "order from %s has been shipped",
		"ORDER_OUT_FOR_DELIVERY": "order from %s is out for delivery", "ORDER_DELIVERED": "order from %s has been delivered",
	}[p.State.Status]
	if !known {
		return "", errors.New("the payload has a status that the schema has not")
	}
	seller, err := e.local(p.Order.Seller.Name, locale)
	return fmt.Sprintf("Your "+done+".", seller), err
}

// count is a number as Alexa says it: in words up to nine.
func count(n int) string {
	words := []string{"no", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine"}
	if n >= 0 && n < len(words) {
		return words[n]
	}
	return fmt.Sprint(n)
}

func plural(noun string, n int) string {
	if n == 1 {
		return noun
	}
	return noun + "s"
}
