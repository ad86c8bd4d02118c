package pin

import (
	"context"
	"errors"
	"testing"

	"pgregory.net/rapid"
)

// simple is the PIN of one account as one would explain it to a driver.
type simple struct {
	code   Code
	wrongs int
}

func (s *simple) say(c Code) Verdict {
	switch {
	case s.code == "":
		return Verdict{Result: NotSet}
	case s.wrongs == 3:
		return Verdict{Result: Locked}
	case c == s.code:
		s.wrongs = 0
		return Verdict{Result: Right}
	}
	s.wrongs++
	if s.wrongs == 3 {
		return Verdict{Result: LockedNow}
	}
	return Verdict{Result: Wrong, Left: 3 - s.wrongs}
}

// Whatever is said and set in whatever order, the guard answers as the simple account does.
func TestGuardAgainstTheSimpleAccount(t *testing.T) {
	rapid.Check(t, func(rt *rapid.T) {
		g, _ := newGuard(t, &memory{})
		accounts := map[string]*simple{"ann": {}, "bob": {}}
		// Few codes, so that right ones come up often.
		codes := rapid.SampledFrom([]Code{"4821", "7306", "9054", "1234", "48a1", ""})
		names := rapid.SampledFrom([]string{"ann", "bob"})
		choose := func(rt *rapid.T, lift bool) {
			name, code := names.Draw(rt, "account"), codes.Draw(rt, "code")
			set := map[bool]func(context.Context, string, Code) error{false: g.Set, true: g.Reset}[lift]
			err := set(t.Context(), name, code)
			_, common := Common(code)
			locked := accounts[name].wrongs == 3 && !lift
			if refused := !code.wellFormed() || common || locked; refused != (err != nil) {
				rt.Fatalf("%s sets %q, lifting a lock: %t: %v", name, string(code), lift, err)
			}
			if err == nil {
				accounts[name] = &simple{code: code}
			}
		}
		rt.Repeat(map[string]func(*rapid.T){
			"say": func(rt *rapid.T) {
				name, code := names.Draw(rt, "account"), codes.Draw(rt, "code")
				got, err := g.Check(t.Context(), name, code)
				if !code.wellFormed() {
					if !errors.Is(err, ErrMalformed) {
						rt.Fatalf("say %q: %v, want malformed", string(code), err)
					}
					return
				}
				if want := accounts[name].say(code); err != nil || got != want {
					rt.Fatalf("%s says %s: %+v, %v, want %+v", name, string(code), got, err, want)
				}
			},
			"set":   func(rt *rapid.T) { choose(rt, false) },
			"reset": func(rt *rapid.T) { choose(rt, true) },
			"": func(rt *rapid.T) {
				for name, s := range accounts {
					got, err := g.Status(t.Context(), name)
					if want := (Status{Set: s.code != "", Locked: s.wrongs == 3, Left: 3 - s.wrongs}); err != nil || got != want {
						rt.Fatalf("status of %s: %+v, %v, want %+v", name, got, err, want)
					}
				}
			},
		})
	})
}
