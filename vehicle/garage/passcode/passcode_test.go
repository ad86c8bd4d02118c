package passcode

import (
	"testing"
	"time"
)

func TestCodes(t *testing.T) {
	seen := map[string]bool{}
	for range 1000 {
		code, err := New()
		if err != nil || len(code) != digits || !Plausible(code) {
			t.Fatalf("code %q, %v", code, err)
		}
		seen[code] = true
	}
	if len(seen) < 990 {
		t.Errorf("1000 codes are %d different ones", len(seen))
	}
	for code, want := range map[string]bool{"": false, "12345": false, "123456": true, "12345678": true, "123456789": false, "12345x": false, "-12345": false} {
		if got := Plausible(code); got != want {
			t.Errorf("%q is plausible: %t, want %t", code, got, want)
		}
	}
}

func TestHash(t *testing.T) {
	hash := func(salt []byte, code string) string {
		h, err := Hash(salt, code)
		if err != nil {
			t.Fatal(err)
		}
		return h
	}
	a, b := NewSalt(), NewSalt()
	first := hash(a, "12345678")
	if again := hash(a, "12345678"); again != first {
		t.Errorf("one code has two hashes, %s and %s", first, again)
	}
	if first == hash(b, "12345678") || first == hash(a, "12345679") {
		t.Error("two salts or two codes have one hash")
	}
}

func TestTries(t *testing.T) {
	now := time.Date(2031, 5, 6, 21, 0, 0, 0, time.UTC)
	var tries Tries
	for i := range MostWrong {
		if wait := tries.Wait(now); wait != 0 {
			t.Errorf("after %d wrong codes one waits %s", i, wait)
		}
		tries = tries.Count(now)
	}
	if wait := tries.Wait(now.Add(time.Minute)); wait != Within-time.Minute {
		t.Errorf("after too many one waits %s", wait)
	}
	if wait := tries.Wait(now.Add(Within)); wait != 0 {
		t.Errorf("after the wait one waits %s", wait)
	}
	if fresh := tries.Count(now.Add(Within)); fresh.Wrong != 1 || !fresh.Since.Equal(now.Add(Within)) {
		t.Errorf("the next count is %+v", fresh)
	}
}

func BenchmarkHash(b *testing.B) {
	salt := NewSalt()
	for b.Loop() {
		if _, err := Hash(salt, "12345678"); err != nil {
			b.Fatal(err)
		}
	}
}
