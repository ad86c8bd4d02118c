package store

import (
	"errors"
	"strings"
	"testing"
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
