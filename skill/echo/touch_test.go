package echo

import (
	"encoding/json"
	"testing"

	"github.com/trunkpass/trunkpass/skill"
)

func TestTouch(t *testing.T) {
	p := &place{answer: inTurn(asks, asks+`,"directives":[`+renderOld+`]`, ends)}
	e := setup(t, p, func(o *Options) { o.Device = Show })
	touch := func() Turn {
		t.Helper()
		turn, err := e.Touch(t.Context(), json.RawMessage(`"Order"`), json.RawMessage(`[]`))
		if err != nil {
			t.Fatal(err)
		}
		return turn
	}
	if touch(); len(p.asked) != 0 {
		t.Fatal("a touch began a session")
	}
	say(t, e, "open pizza place")
	if touch(); len(p.asked) != 1 {
		t.Fatal("a touch on an empty screen was sent")
	}
	say(t, e, "help")
	turn := touch()
	sent := p.last(t).Body
	if turn.Speech != "Done." || sent.Type != skill.TypeUserEvent || sent.Token != "t" || len(sent.Arguments) != 2 || string(sent.Arguments[0]) != `"Order"` {
		t.Errorf("heard %q after %+v", turn.Speech, sent)
	}
}
