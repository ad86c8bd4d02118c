package store

import (
	"errors"
	"strings"
	"testing"
	"time"
)

func TestCheckOwner(t *testing.T) {
	for owner, ok := range map[string]bool{
		"demo": true, "a/b#c|d\x00e": true, "Zoë 🚗": true, strings.Repeat("x", MaxOwner): true,
		"": false, strings.Repeat("x", MaxOwner+1): false, "\xff": false,
	} {
		if err := CheckOwner(owner); (err == nil) != ok || err != nil && !errors.Is(err, ErrInvalid) {
			t.Errorf("CheckOwner(%.20q): %v, want ok %t", owner, err, ok)
		}
	}
}

func TestPreferencesValidate(t *testing.T) {
	for _, p := range []Preferences{
		{}, {PressureUnit: "psi"}, {PressureUnit: "kpa"}, {PressureUnit: "bar", DefaultCar: "golf"},
		{DefaultCar: strings.Repeat("x", 256)},
	} {
		if err := p.Validate(); err != nil {
			t.Errorf("%.60v: %v", p, err)
		}
	}
	for field, p := range map[string]Preferences{
		"PressureUnit": {PressureUnit: "PSI"},
		"DefaultCar":   {DefaultCar: strings.Repeat("x", 257)},
	} {
		err := p.Validate()
		if !errors.Is(err, ErrInvalid) || !strings.Contains(err.Error(), field) {
			t.Errorf("%.60v: %v, want ErrInvalid naming %s", p, err, field)
		}
	}
	if err := (Preferences{DefaultCar: "go\nlf"}).Validate(); !errors.Is(err, ErrInvalid) {
		t.Errorf("line break in a car id: %v, want ErrInvalid", err)
	}
}

func TestChecks(t *testing.T) {
	many := strings.Split(strings.Repeat("x", MaxUsers+1), "")
	year := time.Date(12345, 1, 1, 0, 0, 0, 0, time.UTC)
	for name, tt := range map[string]struct {
		err error
		ok  bool
	}{
		"user":              {CheckUser("amzn1.ask.account.AE"), true},
		"user, longest":     {CheckUser(strings.Repeat("x", MaxUser)), true},
		"user, too long":    {CheckUser(strings.Repeat("x", MaxUser+1)), false},
		"user, empty":       {CheckUser(""), false},
		"user, not UTF-8":   {CheckUser("\xff"), false},
		"nobody":            {CheckUsers(nil), true},
		"two users":         {CheckUsers([]string{"a", "b"}), true},
		"user twice":        {CheckUsers([]string{"a", "b", "a"}), false},
		"empty user":        {CheckUsers([]string{"a", ""}), false},
		"too many users":    {CheckUsers(many), false},
		"bare user":         {User{ID: "u"}.Validate(), true},
		"linked user":       {User{ID: "u", Owner: "demo", Region: "fe", LinkedAt: year.AddDate(-9000, 0, 0)}.Validate(), true},
		"user without id":   {User{Owner: "demo"}.Validate(), false},
		"owner not UTF-8":   {User{ID: "u", Owner: "\xff"}.Validate(), false},
		"unknown region":    {User{ID: "u", Region: "EU"}.Validate(), false},
		"year 12345":        {User{ID: "u", ExpiresAt: year}.Validate(), false},
		"message":           {CheckMessage("msg_2KWPBgLlAfxdpx2AI54pPJ85f4W"), true},
		"message, longest":  {CheckMessage(strings.Repeat("~", MaxMessage)), true},
		"message, too long": {CheckMessage(strings.Repeat("~", MaxMessage+1)), false},
		"message, empty":    {CheckMessage(""), false},
		"message, space":    {CheckMessage("a b"), false},
		"message, accent":   {CheckMessage("caf\u00e9"), false},
		"lease":             {CheckClaim("m", 1), true},
		"lease, longest":    {CheckClaim("m", KeepSettled), true},
		"lease, too long":   {CheckClaim("m", KeepSettled+1), false},
		"lease of nothing":  {CheckClaim("m", 0), false},
		"lease of no id":    {CheckClaim("", 1), false},
	} {
		if (tt.err == nil) != tt.ok || tt.err != nil && !errors.Is(tt.err, ErrInvalid) {
			t.Errorf("%s: %v, want ok %t", name, tt.err, tt.ok)
		}
	}
}
