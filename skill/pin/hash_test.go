package pin

import (
	"bytes"
	"strings"
	"testing"
)

var sample = hash{
	cost: DefaultCost(), pepper: "a2V5aWQw",
	salt:   bytes.Repeat([]byte{1}, saltBytes),
	digest: bytes.Repeat([]byte{2}, digestBytes),
}

func TestHashRoundTrip(t *testing.T) {
	s := sample.String()
	const want = "$argon2id$v=19$m=19456,t=2,p=1,keyid=a2V5aWQw$AQEBAQEBAQEBAQEBAQEBAQ$AgICAgICAgICAgICAgICAgICAgICAgICAgICAgICAgI"
	if s != want {
		t.Errorf("written as %s, want %s", s, want)
	}
	h, err := parseHash(s)
	if err != nil || h.String() != s {
		t.Errorf("read back as %v, %v", h, err)
	}
}

func TestParseHashRefuses(t *testing.T) {
	s := sample.String()
	for name, stored := range map[string]string{
		"empty":          "",
		"spaces":         " " + s,
		"newline":        s + "\n",
		"too many parts": s + "$",
		"no keyid":       strings.Replace(s, ",keyid=a2V5aWQw", "", 1),
		"other order":    strings.Replace(s, "m=19456,t=2", "t=2,m=19456", 1),
		"leading zero":   strings.Replace(s, "t=2", "t=02", 1),
		"plus sign":      strings.Replace(s, "t=2", "t=+2", 1),
		"negative":       strings.Replace(s, "t=2", "t=-2", 1),
		"overflow":       strings.Replace(s, "p=1", "p=257", 1),
		"other version":  strings.Replace(s, "v=19", "v=16", 1),
		"no passes":      strings.Replace(s, "t=2", "t=0", 1),
		"many passes":    strings.Replace(s, "t=2", "t=9", 1),
		"huge memory":    strings.Replace(s, "m=19456", "m=65537", 1),
		"padded base64":  s + "=",
		"stray bits":     s[:len(s)-1] + "J",
		"short salt":     strings.Replace(s, "$AQEBAQEBAQEBAQEBAQEBAQ$", "$AQEB$", 1),
		"short digest":   s[:strings.LastIndex(s, "$")+1] + "AgIC",
		"very long":      s + strings.Repeat("A", maxHashLength),
	} {
		if h, err := parseHash(stored); err == nil {
			t.Errorf("%s: accepted as %v", name, h)
		}
	}
}

// Whatever a store hands back, reading it neither panics nor asks for more than the limits allow.
func FuzzParseHash(f *testing.F) {
	f.Add(sample.String())
	f.Add("$argon2id$v=19$m=8,t=1,p=1,keyid=$AQEBAQEBAQEBAQEBAQEBAQ$AgICAgICAgICAgICAgICAg")
	f.Add("$argon2id$v=19$m=4294967295,t=4294967295,p=255,keyid=x$$")
	f.Add("$$$$$")
	f.Fuzz(func(t *testing.T, s string) {
		h, err := parseHash(s)
		if err != nil {
			return
		}
		if h.String() != s {
			t.Errorf("%q is written back as %q", s, h.String())
		}
		if h.cost.check() != nil || len(h.salt) > maxSaltBytes || len(h.digest) != digestBytes {
			t.Errorf("%q is beyond the limits", s)
		}
	})
}
